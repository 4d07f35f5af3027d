"""Events without end: a stream that broke is opened again where it broke."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from weftwork.ledger.block_events import block_number_of
from weftwork.ledger.chaincode_event import ChaincodeEvent
from weftwork.ledger.checkpoint import Checkpoint, MemoryCheckpoint
from weftwork.ledger.errors import EventsError, GatewayError
from weftwork.ledger.stream import EventStream

__all__ = ["Backoff", "resumed"]

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Backoff:
    """Waiting times that double from `first` to `longest` seconds, each drawn from its upper half.

    `patience` (seconds, None: no end) counts from the failure after the last success.
    """

    def __init__(
        self, patience: float | None = None, *, first: float = 0.2, longest: float = 10
    ) -> None:
        self._patience = patience
        self._first = first
        self._longest = longest
        self.succeeded()

    def succeeded(self) -> None:
        """Start over."""
        self._next = self._first
        self._failing_since: float | None = None

    def failed(self) -> float | None:
        """The seconds to wait before the next attempt; None where patience has run out."""
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if self._patience is not None and now - self._failing_since >= self._patience:
            return None
        limit, self._next = self._next, min(2 * self._next, self._longest)
        return random.uniform(limit / 2, limit)  # noqa: S311  spreads load, hides nothing


def resumed(
    open_stream: Callable[[Checkpoint], EventStream[T]],
    *,
    checkpoint: Checkpoint | None = None,
    height: Callable[[], Coroutine[Any, Any, int]] | None = None,
    patience: float | None = None,
) -> AsyncIterator[T]:
    """The events of `open_stream(checkpoint)`, and of its successors after each break.

    An event counts as processed, and is saved to `checkpoint` (None: one in memory), when the next
    one is asked for: none is lost, and what was in hand at a crash comes again.

    With `height` (`network.height`), a checkpoint without position is first moved to the height
    that is asked for by the call: the events are those from then on (from the first answer on,
    where none comes at once). Without it the first stream
    is opened by the call; if that has no `start_block` and breaks before a first event is saved,
    its successor starts with the block that is next by then.

    Raises `EventsError` (`EvaluateError` for the height) where asking again cannot help (a
    refusal), or has not for `patience` seconds (None: for ever).
    """
    position = checkpoint if checkpoint is not None else MemoryCheckpoint()
    backoff = Backoff(patience)
    if height is None or position.block_number is not None:
        return _follow(open_stream(position), open_stream, position, backoff)
    asked = asyncio.ensure_future(height())
    asked.add_done_callback(_retrieve)  # nobody may ever come for the events
    return _from_height(asked, height, open_stream, position, backoff)


def _retrieve(asked: "asyncio.Future[int]") -> None:
    if not asked.cancelled():
        asked.exception()


async def _from_height(
    asked: Awaitable[int],
    height: Callable[[], Awaitable[int]],
    open_stream: Callable[[Checkpoint], EventStream[T]],
    position: Checkpoint,
    backoff: Backoff,
) -> AsyncGenerator[T]:
    while position.block_number is None:
        try:
            await asyncio.to_thread(position.checkpoint_block, await asked - 1)
        except GatewayError as error:
            await _wait(backoff, error)
            asked = height()
    backoff.succeeded()
    async with aclosing(_follow(open_stream(position), open_stream, position, backoff)) as events:
        async for event in events:
            yield event


async def _follow(
    stream: EventStream[T],
    open_stream: Callable[[Checkpoint], EventStream[T]],
    position: Checkpoint,
    backoff: Backoff,
) -> AsyncGenerator[T]:
    while True:
        async with stream:
            try:
                async for event in stream:
                    backoff.succeeded()
                    yield event
                    await asyncio.to_thread(_save, position, event)
            except EventsError as error:
                await _wait(backoff, error)
        stream = open_stream(position)


async def _wait(backoff: Backoff, error: GatewayError) -> None:
    seconds = backoff.failed() if error.passing else None
    if seconds is None:
        raise error
    _log.warning("%s; trying again in %.1f s", error, seconds)
    await asyncio.sleep(seconds)


def _save(position: Checkpoint, event: Any) -> None:
    if isinstance(event, ChaincodeEvent):
        position.checkpoint_chaincode_event(event)
    else:
        position.checkpoint_block(block_number_of(event))
