"""A running stream of events."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import grpc
import grpc.aio

from weftwork.ledger.errors import EventsError
from weftwork.ledger.rpc_errors import from_rpc_error

__all__ = ["EventStream"]

T = TypeVar("T")


class EventStream(Generic[T]):
    """Iterate over it; close it (or use it as an asynchronous context manager) when done.

    The stream has no end of its own: it raises `EventsError` when it breaks, and ends quietly only
    after `close`. Back-pressure is gRPC's: what is not asked for is not sent.
    """

    def __init__(self, call: Any, unpack: Callable[[Any], Iterable[T]], endpoint: str = "") -> None:
        self._call = call
        self._endpoint = endpoint
        self._unpack = unpack
        self._pending: deque[T] = deque()
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while not self._pending and not self._closed:
            self._pending.extend(await self._read())
        if self._closed:
            raise StopAsyncIteration
        return self._pending.popleft()

    async def close(self) -> None:
        """End the stream; an iteration that waits on it ends too."""
        self._closed = True
        self._call.cancel()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _read(self) -> Iterable[T]:
        try:
            response = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(EventsError, error, endpoint=self._endpoint) from error
        except asyncio.CancelledError:
            if self._closed and not _cancelled():
                return ()
            raise
        if response is grpc.aio.EOF:  # type: ignore[attr-defined]  # the stubs lack it
            raise EventsError("the peer ended the stream", status=grpc.StatusCode.UNAVAILABLE)
        return self._unpack(response)


def _cancelled() -> bool:
    """Whether it is the running task that is being cancelled, not only the call."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
