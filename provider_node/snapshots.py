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
    task_read_at: float = 0.0
    outdated_at: float = 0.0
    round_outdated_at: float = 0.0

    def newer_than(self, moment: float) -> Snapshot | None:
        """The snapshot, if both of its parts are newer than that and still hold."""
        found = self.with_task_newer_than(moment)
        if found and found.read_at > max(moment, self.round_outdated_at):
            return found
        return None

    def with_task_newer_than(self, moment: float) -> Snapshot | None:
        """The snapshot, if its task is; its round may be old."""
        known = self.task_read_at > max(moment, self.outdated_at)
        return self.snapshot if known else None


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
                known = entry.with_task_newer_than(oldest)
                snapshot = await self._read(task, known.task if known else None)
                if known is None:
                    entry.task_read_at = snapshot.read_at
                entry.snapshot = snapshot
            return snapshot

    def outdate(self, task: str) -> None:
        """What was read of the task until now holds no longer."""
        self._entry(task).outdated_at = time.monotonic()

    def outdate_round(self, task: str) -> None:
        """What was read of its newest round holds no longer; what of the task itself, does."""
        self._entry(task).round_outdated_at = time.monotonic()

    async def _read(self, name: str, known: Task | None) -> Snapshot:
        now = time.monotonic()
        task = known or await self._ledger.tasks.get(name)
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
