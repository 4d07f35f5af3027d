"""Submit and evaluate on a real network."""

import asyncio
import json
import secrets
import time

import pytest

from network.consortium import Consortium
from tests.contract.ledger.connecting import gateway_of
from tests.contract.ledger.decoding import endorsers_of
from tests.contract.ledger.proxy import HoldingSigner, Proxy
from weftwork.config import Connection
from weftwork.ledger import Contract, Deadlines, Network, SubmitError
from weftwork.ledger.credentials import Credentials


def new_key() -> str:
    return secrets.token_hex(8)


async def test_what_is_submitted_is_evaluated(probe: Contract) -> None:
    key = new_key()
    assert await probe.submit("Put", key, "välue") == "välue".encode()
    assert await probe.evaluate("Get", key) == "välue".encode()


async def test_a_contract_is_called_by_its_name(network: Network) -> None:
    tasks = network.contract("weftwork", "Tasks")
    page = json.loads(await tasks.evaluate("List", "CANCELLED", "1", ""))
    assert len(page["items"]) <= 1


async def test_evaluation_writes_nothing(probe: Contract) -> None:
    key = new_key()
    assert await probe.evaluate("Add", key, "1") == b"1"
    assert await probe.evaluate("Add", key, "1") == b"1"


async def test_submit_async_gives_the_result_before_the_commit(probe: Contract) -> None:
    key = new_key()
    result, commit = await probe.submit_async("Put", key, "value")
    status = await commit.status()
    assert result == b"value"
    assert (status.successful, status.code) == (True, "VALID")
    assert status.transaction_id == commit.transaction_id
    assert status.block_number > 0
    assert await probe.evaluate("Get", key) == b"value"


async def test_a_status_can_be_asked_again(probe: Contract) -> None:
    _, commit = await probe.submit_async("Put", new_key(), "value")
    assert await commit.status() == await commit.status()


async def test_each_stage_by_itself(probe: Contract) -> None:
    proposal = probe.proposal("Put", new_key(), "value")
    transaction = await proposal.endorse()
    commit = await transaction.submit()
    assert proposal.transaction_id == transaction.transaction_id == commit.transaction_id
    assert transaction.result == b"value"
    assert (await commit.status()).successful


async def test_twenty_at_once_all_commit(probe: Contract) -> None:
    keys = [new_key() for _ in range(20)]
    begin = time.monotonic()
    await asyncio.gather(*(probe.submit("Put", key, key) for key in keys))
    assert time.monotonic() - begin < 20
    values = await asyncio.gather(*(probe.evaluate("Get", key) for key in keys))
    assert [value.decode() for value in values] == keys


async def test_megabytes_pass(probe: Contract) -> None:
    assert len(await probe.evaluate("Fill", str(20 << 20))) == 20 << 20


async def test_transient_data_reaches_the_contract_and_no_block(probe: Contract) -> None:
    transaction = await probe.proposal(
        "PutPrivate", "pair", new_key(), "price", transient={"price": b"secret price"}
    ).endorse()
    assert b"secret price" not in bytes(transaction)
    assert (await (await transaction.submit()).status()).successful
    assert await probe.evaluate("Transient", "price", transient={"price": b"42"}) == b"42"


async def test_the_caller_names_who_endorses(probe: Contract) -> None:
    chosen = ["Factory1MSP", "Factory2MSP", "Factory3MSP"]
    proposal = probe.proposal("Put", new_key(), "value", endorsing_organisations=chosen)
    transaction = await proposal.endorse()
    assert endorsers_of(transaction) == set(chosen)
    assert (await (await transaction.submit()).status()).successful


async def test_private_data_is_read_by_members_only(
    probe: Contract, factory_connection: Connection, probe_network: Consortium
) -> None:
    key = new_key()
    await probe.submit("PutPrivate", "pair", key, "price", transient={"price": b"42"})
    assert await probe.evaluate("GetPrivate", "pair", key) == b"42"
    async with gateway_of(factory_connection) as factory:
        theirs = factory.network("weftwork").contract("probe")
        assert await eventually(theirs, "GetPrivate", "pair", key) == b"42"


async def eventually(contract: Contract, name: str, *arguments: str) -> bytes:
    """The first answer that is not empty: another peer gets blocks and private data by gossip."""
    for _ in range(200):
        if answer := await contract.evaluate(name, *arguments):
            return answer
        await asyncio.sleep(0.1)
    raise TimeoutError(name)


async def test_a_lost_answer_is_resolved_by_asking_for_the_same_transaction(
    connection: Connection, probe: Contract
) -> None:
    key = new_key()
    deadlines = Deadlines(submit=0.5)
    async with Proxy(connection.gateway.endpoint) as proxy:
        signer = HoldingSigner(Credentials.load(connection).signer, proxy, release_at=3)
        async with gateway_of(
            connection, proxy.endpoint, signer=signer, deadlines=deadlines
        ) as gateway:
            contract = gateway.network("weftwork").contract("probe")
            assert await contract.submit("Add", key, "1") == b"1"
    assert signer.count == 3  # one proposal, one transaction, one question about it
    assert await probe.evaluate("Get", key) == b"1"


async def test_a_submission_without_answer_says_that_it_may_have_arrived(
    connection: Connection, probe: Contract
) -> None:
    key = new_key()
    async with (
        Proxy(connection.gateway.endpoint) as proxy,
        gateway_of(connection, proxy.endpoint) as gateway,
    ):
        contract = gateway.network("weftwork").contract("probe")
        transaction = await contract.proposal("Put", key, "value").endorse()
        proxy.hold()
        with pytest.raises(SubmitError, match="DEADLINE_EXCEEDED") as caught:
            await transaction.submit(deadline=0.5)
        proxy.release()
        assert caught.value.unresolved
        assert (await transaction.commit.status()).successful
    assert await probe.evaluate("Get", key) == b"value"
