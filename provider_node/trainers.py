"""The node's worker processes: one that trains, and a second where its leading must not wait."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from provider_node.trainer import Means, TrainerProcess
from weftwork.errors import WeftworkError
from weftwork.learning.privacy.parameters import Mode

__all__ = ["Trainers"]

log = structlog.get_logger(__name__)

# A warm worker holds some 500 MB; a node whose tasks have ended gives them back after this.
IDLE_SECONDS = 600


class Trainers:
    """At most one training at a time, and beside it at most one job of the others.

    Both share a worker while they can. Workers start when first needed, or when warmed.
    """

    def __init__(
        self, means: Means, *, scratch: Path | None = None, kernels: Path | None = None
    ) -> None:
        self.means = means
        self._main = TrainerProcess(means, scratch=scratch, kernels=kernels)
        self._side = TrainerProcess(means, scratch=scratch, kernels=kernels)
        self._announced: set[str] = set()
        self._training = asyncio.Lock()
        self._leading = asyncio.Lock()
        self._used_at = time.monotonic()
        self._warming: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def training(self) -> AsyncIterator[TrainerProcess]:
        """The worker for a training."""
        async with self._training, self._noting_use():
            yield self._main

    @contextlib.asynccontextmanager
    async def leading(self) -> AsyncIterator[TrainerProcess]:
        """A worker for an aggregation or evaluation, which does not wait for a training."""
        async with self._leading, self._noting_use():
            yield self._side if self._training.locked() else self._main

    # Whether to join a task must not wait for a training of another one either.
    counting = leading

    def announce(self, task: str, mode: Mode) -> None:
        """Log once for each task what is computed otherwise than others would."""
        if task not in self._announced:
            self._announced.add(task)
            for change in self.means.changes(mode):
                log.info("trains otherwise", change=change)

    def warm_soon(self) -> None:
        """Start the main worker meanwhile, so that the first training need not wait for it."""
        if self._warming is None or self._warming.done():
            self._warming = asyncio.create_task(self._warm())

    async def _warm(self) -> None:
        async with self._noting_use():
            try:
                ready = await self._main.warm()
            except WeftworkError as error:
                log.warning("the trainer does not start", reason=str(error))
            else:
                log.info("trainer ready", device=ready.device, threads=ready.threads)

    async def retire(self) -> None:
        """End idle workers, for ever (a coroutine to run beside the node's work)."""
        while True:
            await asyncio.sleep(IDLE_SECONDS / 10)
            busy = self._training.locked() or self._leading.locked()
            if not busy and time.monotonic() - self._used_at > IDLE_SECONDS:
                await self.close()

    async def close(self) -> None:
        """End the workers; jobs that they have are to be cancelled before."""
        if self._warming:
            self._warming.cancel()
            await asyncio.wait([self._warming])
        await asyncio.gather(self._main.close(), self._side.close())

    @contextlib.asynccontextmanager
    async def _noting_use(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            self._used_at = time.monotonic()
