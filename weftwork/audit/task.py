"""Where a task and its rounds stand, by which records there are."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from weftwork.audit.findings import Broken, require
from weftwork.audit.world import Call, Record, World, number

__all__ = ["Opening", "Round", "Task"]


@dataclass(frozen=True)
class Opening:
    """What opened a round: the task's start, or the record of the round before."""

    sampled: list[str]
    ranking: list[str]
    standings: list[Record]
    committee: list[str]
    leader: str
    last_leader: str
    base: str
    opened_at_ms: int
    deadline_ms: int


class Task:
    """A task as the ledger has it."""

    def __init__(self, world: World, id: str) -> None:
        self.world = world
        self.id = id
        self.record = world.need("task", id)
        self.definition: dict[str, Any] = self.record["definition"]

    @property
    def start(self) -> Record | None:
        """The record of its start."""
        return self.world.get("start", self.id)

    @property
    def state(self) -> str:
        """The state, as the ledger names it."""
        ends = {"final": "FINISHED", "cancel": "CANCELLED", "halt": "HALTED", "start": "RUNNING"}
        found = (name for kind, name in ends.items() if self.world.has(kind, self.id))
        return next(found, "PUBLISHED")

    def require_state(self, *states: str) -> None:
        """Raise `Broken` unless it is in one of them."""
        require(self.state in states, f"task {self.id} is {self.state}, not {' or '.join(states)}")

    @property
    def participants(self) -> list[str]:
        """Those that it started with."""
        return list(self.start["participants"]) if self.start else []

    @property
    def last_round(self) -> Record | None:
        """The newest record of a round."""
        last, at = None, 1
        while found := self.world.get("round", self.id, number(at)):
            last, at = found, at + 1
        return last

    @property
    def standings(self) -> list[Record]:
        """The newest, with what a halt or a cancellation took."""
        end = self.world.get("halt", self.id) or self.world.get("cancel", self.id)
        newest = end or self.last_round or self.start
        return list(newest["standings"]) if newest else []

    def left(self, names: list[str]) -> list[str]:
        """Those of the names that have left."""
        return self.world.those_with(names, "leave", self.id)

    def is_archive(self, call: Call) -> bool:
        """Whether the caller is an archive of the requester's organisation."""
        return call.role == "archive" and call.msp == self.record["requester_msp"]

    def require_concerned(self, call: Call) -> None:
        """Raise `Broken` unless the caller may move the task on."""
        concerned = call.name in self.participants or call.name == self.record["requester"]
        require(
            (concerned and call.name) or self.is_archive(call),
            f"{call.name or call.common_name} is no participant of task {self.id}, nor its"
            " requester or archive",
        )

    @property
    def stage_ms(self) -> int:
        """How long a step of the committee takes at most."""
        return 1000 * int(self.definition["governance"]["stage_seconds"])

    @property
    def round_ms(self) -> int:
        """How long a round waits for its updates."""
        return 1000 * int(self.definition["round_seconds"])


class Round:
    """A round of a task that was opened. Raises `Broken` if it was not."""

    def __init__(self, task: Task, number_: int) -> None:
        self.task = task
        self.world = task.world
        self.number = number_
        self.key = (task.id, number(number_))
        self.opening = _opening(task, number_)

    @property
    def quorum(self) -> int:
        """More than half of the committee that was elected."""
        return len(self.opening.committee) // 2 + 1

    @cached_property
    def deadline_ms(self) -> int:
        """For updates, with the extension."""
        extension = self.world.get("extension", *self.key)
        return int(extension["deadline_ms"]) if extension else self.opening.deadline_ms

    @property
    def closing(self) -> Record | None:
        """The end of the time for updates."""
        return self.world.get("closing", *self.key)

    def update(self, name: str) -> Record | None:
        """A participant's."""
        return self.world.get("update", *self.key, name)

    @property
    def updates(self) -> list[Record]:
        """In the order of the names."""
        found = [self.update(name) for name in self.opening.sampled]
        return [one for one in found if one is not None]

    @property
    def committed(self) -> bool:
        """Whether its record stands."""
        return self.world.has("round", *self.key)

    def require_open(self) -> None:
        """Raise `Broken` unless updates may come in."""
        self.task.require_state("RUNNING")
        require(self.closing is None, f"round {self.number} is closed")

    def require_closed(self) -> None:
        """Raise `Broken` unless the committee is at work."""
        self.task.require_state("RUNNING")
        require(self.closing is not None, f"round {self.number} is open")
        require(not self.committed, f"round {self.number} is committed")


def _opening(task: Task, number_: int) -> Opening:
    start = task.start
    if start is None:
        raise Broken(f"task {task.id} has not started")
    if number_ == 1:
        return Opening(
            sampled=start["participants"],
            ranking=start["ranking"],
            standings=start["standings"],
            committee=start["committee"],
            leader=start["leader"],
            last_leader="",
            base=start["base"]["digest"],
            opened_at_ms=start["started_at_ms"],
            deadline_ms=start["deadline_ms"],
        )
    before = task.world.get("round", task.id, number(number_ - 1))
    if before is None or before["outcome"] != "CONTINUE":
        raise Broken(f"round {number_} is not open: the one before did not open it")
    return Opening(
        sampled=before["next_participants"],
        ranking=before["next_ranking"],
        standings=before["standings"],
        committee=before["next_committee"],
        leader=before["next_leader"],
        last_leader=before["leader"],
        base=before["digest"],
        opened_at_ms=before["committed_at_ms"],
        deadline_ms=before["next_deadline_ms"],
    )
