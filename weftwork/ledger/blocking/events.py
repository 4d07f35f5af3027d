"""Streams of events to wait on."""

from collections.abc import Iterator
from typing import Generic, Self, TypeVar

from weftwork.ledger.blocking.loop_thread import LoopThread
from weftwork.ledger.stream import EventStream

__all__ = ["Events"]

T = TypeVar("T")


class Events(Generic[T]):
    """A running stream of events; iterating waits. `close`, from any thread, ends it."""

    def __init__(self, loop: LoopThread, stream: EventStream[T]) -> None:
        self._loop = loop
        self._stream = stream

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        try:
            return self._loop.run(self._stream.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        """End the stream; with its gateway it has ended already."""
        if not self._loop.stopped:
            self._loop.run(self._stream.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
