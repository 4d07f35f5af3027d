"""Streams of events on a real network: replay, checkpoints, broken connections."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

from tests.contract.ledger.connecting import gateway_of
from tests.contract.ledger.proxy import Proxy
from weftwork.config import Connection
from weftwork.ledger import (
    ChaincodeEvent,
    Contract,
    FileCheckpoint,
    MemoryCheckpoint,
    Network,
    resumed,
)

T = TypeVar("T")


async def emit(probe: Contract, *names: str) -> list[int]:
    """Emit an event of each name; their blocks' numbers."""
    blocks = []
    for name in names:
        _, commit = await probe.submit_async("Emit", name, f"payload of {name}")
        blocks.append((await commit.status()).block_number)
    return blocks


async def take(events: AsyncIterator[T], count: int) -> list[T]:
    async with asyncio.timeout(30):
        return [await anext(events) for _ in range(count)]


def new_names(count: int) -> list[str]:
    return [secrets.token_hex(8) for _ in range(count)]


async def test_events_from_now_on(network: Network, probe: Contract) -> None:
    names = new_names(3)
    async with network.chaincode_events("probe") as events:
        blocks = await emit(probe, *names)
        seen = await take(events, 3)
    assert [event.name for event in seen] == names
    assert [event.block_number for event in seen] == blocks
    assert seen[0].payload == f"payload of {names[0]}".encode()
    assert (seen[0].chaincode, len(seen[0].transaction_id)) == ("probe", 64)


async def test_replay_from_a_block(network: Network, probe: Contract) -> None:
    names = new_names(3)
    blocks = await emit(probe, *names)
    async with network.chaincode_events("probe", start_block=blocks[1]) as events:
        assert [event.name for event in await take(events, 2)] == names[1:]


async def test_a_checkpoint_in_a_file_survives(
    network: Network, probe: Contract, tmp_path: Path
) -> None:
    names = new_names(3)
    (first, *_) = await emit(probe, *names)
    path = tmp_path / "position"
    async with network.chaincode_events("probe", start_block=first) as events:
        checkpoint = FileCheckpoint(path)
        checkpoint.checkpoint_chaincode_event(await anext(events))
    again = network.chaincode_events("probe", start_block=first, checkpoint=FileCheckpoint(path))
    async with again as events:
        assert [event.name for event in await take(events, 2)] == names[1:]


async def test_events_of_one_block_are_resumed_in_the_middle(
    network: Network, probe: Contract
) -> None:
    names = new_names(8)
    transactions = [await probe.proposal("Emit", name, "").endorse() for name in names]
    async with network.chaincode_events("probe") as events:
        await asyncio.gather(*(transaction.submit() for transaction in transactions))
        # They write one key without reading it, so all of them are valid.
        seen = await take(events, len(names))
    assert {event.name for event in seen} == set(names)
    for position in range(len(seen) - 1):
        checkpoint = MemoryCheckpoint()
        checkpoint.checkpoint_chaincode_event(seen[position])
        async with network.chaincode_events("probe", checkpoint=checkpoint) as rest:
            assert await anext(rest) == seen[position + 1]


async def test_a_broken_connection_loses_no_event(connection: Connection, probe: Contract) -> None:
    names = new_names(4)
    (first,) = await emit(probe, names[0])
    async with (
        Proxy(connection.gateway.endpoint) as proxy,
        gateway_of(connection, proxy.endpoint) as gateway,
    ):
        network = gateway.network("weftwork")
        events = resumed(
            lambda position: network.chaincode_events(
                "probe", start_block=first, checkpoint=position
            )
        )
        seen = await take(events, 1)
        await emit(probe, names[1])
        seen += await take(events, 1)
        await proxy.cut()
        await emit(probe, *names[2:])
        seen += await take(events, 2)
    assert [event.name for event in seen] == names
    assert all(isinstance(event, ChaincodeEvent) for event in seen)


async def test_a_break_before_the_first_event_loses_none(
    connection: Connection, probe: Contract
) -> None:
    (name,) = new_names(1)
    position = MemoryCheckpoint()
    async with (
        Proxy(connection.gateway.endpoint) as proxy,
        gateway_of(connection, proxy.endpoint) as gateway,
        asyncio.timeout(15),
    ):
        network, told = gateway.network("weftwork"), asyncio.Event()

        async def height() -> int:
            answer = await network.height()
            told.set()
            return answer

        events = resumed(
            lambda position: network.chaincode_events("probe", checkpoint=position),
            checkpoint=position,
            height=height,
        )
        first = asyncio.ensure_future(anext(events))
        await told.wait()
        proxy.hold()
        (block,) = await emit(probe, name)
        await proxy.cut()
        proxy.release()
        assert (await first).name == name
    assert block == position.block_number


async def test_whole_blocks(network: Network, probe: Contract) -> None:
    (number,) = await emit(probe, *new_names(1))
    async with network.block_events(start_block=number) as blocks:
        (block,) = await take(blocks, 1)
    assert block.header.number == number
    assert len(block.data.data) >= 1


async def test_blocks_from_now_on(network: Network, probe: Contract) -> None:
    async with network.block_events() as blocks:
        (number,) = await emit(probe, *new_names(1))
        (block,) = await take(blocks, 1)
    assert block.header.number == number


async def test_blocks_go_on_after_a_checkpoint(network: Network, probe: Contract) -> None:
    first, second = await emit(probe, *new_names(2))
    checkpoint = MemoryCheckpoint()
    checkpoint.checkpoint_block(first)
    async with network.block_events(checkpoint=checkpoint) as blocks:
        (block,) = await take(blocks, 1)
    assert block.header.number == first + 1 <= second


async def test_resumed_blocks_follow_each_other(network: Network) -> None:
    blocks = resumed(lambda at: network.block_events(start_block=1, checkpoint=at))
    assert [block.header.number for block in await take(blocks, 3)] == [1, 2, 3]


async def test_filtered_blocks(network: Network, probe: Contract) -> None:
    (name,) = new_names(1)
    (number,) = await emit(probe, name)
    async with network.filtered_block_events(start_block=number) as blocks:
        (block,) = await take(blocks, 1)
    (transaction, *_) = block.filtered_transactions
    (action, *_) = transaction.transaction_actions.chaincode_actions
    assert (block.number, block.channel_id) == (number, "weftwork")
    assert action.chaincode_event.event_name == name
    assert action.chaincode_event.payload == b""


async def test_blocks_with_private_data(network: Network, probe: Contract) -> None:
    key = secrets.token_hex(8)
    transaction = await probe.proposal(
        "PutPrivate", "pair", key, "price", transient={"price": b"secret price"}
    ).endorse()
    number = (await (await transaction.submit()).status()).block_number
    async with network.block_and_private_data_events(start_block=number) as blocks:
        (block,) = await take(blocks, 1)
    assert block.block.header.number == number
    (private, *_) = block.private_data_map.values()
    (collection,) = private.ns_pvt_rwset[0].collection_pvt_rwset
    assert collection.collection_name == "pair"
    assert b"secret price" in collection.rwset
    assert b"secret price" not in block.block.SerializeToString()


async def test_a_stream_that_waits_ends_when_it_is_closed(network: Network) -> None:
    stream = network.chaincode_events("probe")
    waiting = asyncio.create_task(anext(stream, None))
    await asyncio.sleep(0.2)
    await stream.close()
    assert await waiting is None


async def test_a_consumer_that_is_cancelled_is_cancelled(network: Network) -> None:
    async with network.chaincode_events("probe") as stream:
        waiting = asyncio.create_task(anext(stream, None))
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
