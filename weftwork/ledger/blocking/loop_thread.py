"""A thread with an event loop, for programs that have none."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from weftwork.ledger.errors import GatewayError

__all__ = ["LoopThread"]

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for other threads. Ends with the program, or by `stop`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="weftwork.ledger", daemon=True
        )
        self._thread.start()
        # Held to hand work over and to stop: what was handed over before a stop is cancelled by it.
        self._turn = threading.Lock()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of `coroutine`, or its exception; an interrupt of the caller cancels it.

        Raises `GatewayError` after `stop`.
        """
        with self._turn:
            if self._loop.is_closed():
                coroutine.close()
                raise GatewayError("the gateway is closed")
            future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        finally:
            future.cancel()

    def call(self, function: Callable[[], T]) -> T:
        """The result of `function`, called where the loop runs."""

        async def inside() -> T:
            return function()

        return self.run(inside())

    def stop(self, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `close`, cancel what still runs, so that nobody waits for it for ever, and end.

        A second time does nothing.
        """
        with self._turn:
            if self._loop.is_closed():
                return
            asyncio.run_coroutine_threadsafe(_end(close), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @property
    def stopped(self) -> bool:
        """Whether nothing runs any more."""
        return self._loop.is_closed()


async def _end(close: Callable[[], Coroutine[Any, Any, None]]) -> None:
    await close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
