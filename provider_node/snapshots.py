"""The ledger's newest word on each task, read once for all who ask."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from weftwork.ledger import Ledger
from weftwork.ledger.records import Round, Task

__all__ = ["Snapshot", "Snapshots"]

# Tasks remembered; what is forgotten is read again.
CAPACITY = 256


@dataclass(frozen=True)
class Snapshot:
    """A task and its newest round (None before the start), read at `read_at` (monotonic seconds).

    The two are read one after the other, so the round may be a moment newer than the task.
    """

    task: Task
    newest: Round | None
    read_at: float


@dataclass
class _Entry:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    snapshot: Snapshot | None = None
    outdated_at: float = 0.0

    def newer_than(self, moment: float) -> Snapshot | None:
        if self.snapshot and self.snapshot.read_at > max(moment, self.outdated_at):
            return self.snapshot
        return None


class Snapshots:
    """Reads of tasks, shared by the node's followers and its server."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    async def get(self, task: str, max_age: float = float("inf")) -> Snapshot:
        """The task as it stood at most `max_age` seconds ago, and never before `outdate`.

        Raises what the ledger raises: `NotFoundError` where there is no such task.
        """
        entry = self._entry(task)
        oldest = time.monotonic() - max_age
        async with entry.lock:
            snapshot = entry.newer_than(oldest)
            if snapshot is None:
                snapshot = entry.snapshot = await self._read(task)
            return snapshot

    def outdate(self, task: str) -> None:
        """What was read of the task until now holds no longer."""
        self._entry(task).outdated_at = time.monotonic()

    async def _read(self, name: str) -> Snapshot:
        now = time.monotonic()
        task = await self._ledger.tasks.get(name)
        newest = await self._ledger.rounds.get(name, task.round) if task.round else None
        return Snapshot(task, newest, now)

    def _entry(self, task: str) -> _Entry:
        entry = self._entries.setdefault(task, _Entry())
        self._entries.move_to_end(task)
        if len(self._entries) > CAPACITY:
            oldest = next(iter(self._entries))
            if not self._entries[oldest].lock.locked():
                del self._entries[oldest]
        return entry
