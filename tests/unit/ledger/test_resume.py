from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import grpc
import grpc.aio
import pytest

from tests.unit.ledger.rpc import rpc_error
from weftwork.ledger.chaincode_event import ChaincodeEvent
from weftwork.ledger.checkpoint import Checkpoint, MemoryCheckpoint
from weftwork.ledger.errors import EvaluateError, EventsError, GatewayError
from weftwork.ledger.resume import Backoff, resumed
from weftwork.ledger.stream import EventStream

BROKEN = rpc_error(grpc.StatusCode.UNAVAILABLE, "connection reset")
FORBIDDEN = rpc_error(grpc.StatusCode.PERMISSION_DENIED, "no reader of this channel")


class Call:
    """A gRPC stream that yields what it is given, then fails as it is told."""

    def __init__(self, blocks: Sequence[int], failure: Exception | None) -> None:
        self._blocks = list(blocks)
        self._failure = failure

    async def read(self) -> Any:
        if self._blocks:
            return self._blocks.pop(0)
        if self._failure is not None:
            raise self._failure
        return grpc.aio.EOF  # type: ignore[attr-defined]

    def cancel(self) -> None:
        pass


def unpack(block: int) -> Iterable[ChaincodeEvent]:
    return [ChaincodeEvent(block, f"tx{block}", "weftwork", "name", b"")]


class Peer:
    """Opens the scripted calls in turn and notes from where each was asked to start."""

    def __init__(self, *calls: Call) -> None:
        self._calls = list(calls)
        self.asked: list[int | None] = []

    def open(self, position: Checkpoint) -> EventStream[ChaincodeEvent]:
        self.asked.append(position.block_number)
        return EventStream(self._calls.pop(0), unpack)


async def take(events: AsyncIterator[ChaincodeEvent], count: int) -> list[int]:
    seen: list[int] = []
    async for event in events:
        seen.append(event.block_number)
        if len(seen) == count:
            break
    return seen


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weftwork.ledger.resume.random.uniform", lambda low, high: 0.0)


async def test_a_broken_stream_goes_on_where_it_broke() -> None:
    peer = Peer(Call([3, 4], BROKEN), Call([], None), Call([5], BROKEN))
    assert await take(resumed(peer.open), 3) == [3, 4, 5]
    assert peer.asked == [None, 4, 4]


async def test_an_event_in_hand_is_not_saved() -> None:
    checkpoint = MemoryCheckpoint()
    assert await take(resumed(Peer(Call([3, 4], BROKEN)).open, checkpoint=checkpoint), 2) == [3, 4]
    assert checkpoint.transaction_id == "tx3"


async def test_a_refusal_is_raised_at_once() -> None:
    peer = Peer(Call([3], FORBIDDEN))
    with pytest.raises(EventsError, match="no reader"):
        await take(resumed(peer.open), 2)
    assert len(peer.asked) == 1


async def test_patience_ends() -> None:
    with pytest.raises(EventsError, match="connection reset"):
        await take(resumed(Peer(Call([3], BROKEN)).open, patience=0), 2)


async def test_a_closed_stream_ends_quietly() -> None:
    stream = EventStream(Call([3, 4], None), unpack)
    async with stream:
        assert (await anext(stream)).block_number == 3
    assert [event async for event in stream] == []


def test_waits_double_to_a_limit_and_start_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weftwork.ledger.resume.random.uniform", lambda low, high: high)
    backoff = Backoff(first=1, longest=3)
    assert [backoff.failed() for _ in range(4)] == [1, 2, 3, 3]
    backoff.succeeded()
    assert backoff.failed() == 1


def from_now(peer: Peer, heights: Sequence[int | GatewayError], **options: Any) -> Any:
    """Events of `peer`, which gives these answers to the question how high its channel is."""
    answers = list(heights)

    async def height() -> int:
        answer = answers.pop(0)
        if isinstance(answer, GatewayError):
            raise answer
        return answer

    return resumed(peer.open, height=height, **options)


async def test_a_break_before_the_first_event_loses_none() -> None:
    peer = Peer(Call([], BROKEN), Call([9], None))
    assert await take(from_now(peer, [7]), 1) == [9]
    assert peer.asked == [7, 7]


async def test_the_height_is_asked_for_until_it_is_known() -> None:
    away = EvaluateError("nobody listens", status=grpc.StatusCode.UNAVAILABLE)
    peer = Peer(Call([8], None))
    assert await take(from_now(peer, [away, away, 7]), 1) == [8]
    assert peer.asked == [7]


async def test_patience_ends_for_the_height_too() -> None:
    away = EvaluateError("nobody listens", status=grpc.StatusCode.UNAVAILABLE)
    with pytest.raises(EvaluateError, match="nobody"):
        await take(from_now(Peer(), [away], patience=0), 1)


async def test_a_position_needs_no_height() -> None:
    checkpoint = MemoryCheckpoint()
    checkpoint.checkpoint_block(2)
    peer = Peer(Call([3], None))
    assert await take(from_now(peer, [], checkpoint=checkpoint), 1) == [3]
    assert peer.asked == [3]
