"""Where a task stands: read from the ledger, and what is new since the last look. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from weftwork.ledger.records import Round, RoundRecord, SubmittedUpdate, Task

ENDED = ("FINISHED", "CANCELLED", "HALTED")


@dataclass(frozen=True)
class Snapshot:
    """A task, its committed rounds in order, and the round that is open (None: none is)."""

    task: Task
    records: tuple[RoundRecord, ...] = ()
    open: Round | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.task.state in ENDED

    @property
    def rounds(self) -> int:
        """How many rounds the task may take."""
        return self.task.definition.training.rounds


@dataclass(frozen=True)
class Spans:
    """Milliseconds that a round spent in each stage; None where the stage is not over."""

    training: int | None
    aggregating: int | None
    committing: int | None


def stage(round_: Round) -> str:
    """What an open round waits for: updates, the leader's proposal, or its commit."""
    if round_.state == "PROPOSED":
        return "committing"
    return "training" if round_.missing else "aggregating"


def spans(record: RoundRecord) -> Spans:
    """From opening to the last update, to the leader's proposal, to the commit."""
    last = max((one.submitted_at_ms for one in record.submitted), default=record.opened_at_ms)
    return Spans(
        training=last - record.opened_at_ms,
        aggregating=record.proposed_at_ms - last,
        committing=record.committed_at_ms - record.proposed_at_ms,
    )


def spans_so_far(round_: Round, now_ms: int) -> Spans:
    """As `spans`, of a round that is open: the stage that it is in lasts until now."""
    last = max((one.submitted_at_ms for one in round_.updates), default=round_.opened_at_ms)
    if stage(round_) == "training":
        return Spans(max(now_ms - round_.opened_at_ms, 0), None, None)
    since = max(now_ms - last, 0) if stage(round_) == "aggregating" else None
    return Spans(last - round_.opened_at_ms, since, None)


def in_vain(submitted: int, missing: int, least: int) -> bool:
    """Whether the round can never be committed, as too many providers have left."""
    return submitted + missing < least


def size(updates: Sequence[SubmittedUpdate]) -> int:
    """Bytes of all `updates`."""
    return sum(update.size for update in updates)


def news(before: Snapshot | None, after: Snapshot) -> list[dict[str, Any]]:
    """What happened between two looks, oldest first, as the documents of `watch --json`."""
    return [*_task_news(before, after), *_committed(before, after), *_open(before, after)] + (
        [_end(after)] if after.ended else []
    )


def _task_news(before: Snapshot | None, after: Snapshot) -> list[dict[str, Any]]:
    task = after.task
    joined = [one.participant for one in task.joined]
    said = before.task if before else None
    found = []
    if said is None or (said.state == "PUBLISHED" and len(said.joined) != len(joined)):
        limits = task.definition.participants
        found.append(
            _document("joined", after)
            | {"joined": joined, "min": limits.min, "max": limits.max}
            | {"title": task.definition.title, "deadline_ms": task.join_deadline_ms}
        )
    if task.participants and not (said and said.participants):
        found.append(_document("started", after) | {"participants": task.participants})
    gone = {one.participant for one in said.left} if said else set()
    leavers = [one for one in task.left if one.participant not in gone]
    return found + [_document("left", after) | one.model_dump() for one in leavers]


def _committed(before: Snapshot | None, after: Snapshot) -> list[dict[str, Any]]:
    known = len(before.records) if before else 0
    return [
        _document("committed", after) | {"round": one.round, "record": one.model_dump(mode="json")}
        for one in after.records[known:]
    ]


def _open(before: Snapshot | None, after: Snapshot) -> list[dict[str, Any]]:
    now = after.open
    if now is None or after.ended or (before and _seen(before.open) == _seen(now)):
        return []
    return [
        _document("round", after)
        | {"round": now.round, "stage": stage(now), "leader": now.leader, "term": now.term}
        | {"submitted": [update.participant for update in now.updates], "missing": now.missing}
        | {"opened_at_ms": now.opened_at_ms, "deadline_ms": now.deadline_ms}
        | {"min": after.task.definition.participants.min}
    ]


def _seen(round_: Round | None) -> tuple[Any, ...] | None:
    if round_ is None:
        return None
    return round_.round, round_.term, round_.leader, stage(round_), tuple(round_.missing)


def _end(after: Snapshot) -> dict[str, Any]:
    task = after.task
    return _document("ended", after) | {
        "reason": task.reason,
        "model": task.model.model_dump(),
        "accuracy_ppm": task.accuracy_ppm,
        "published_at_ms": task.published_at_ms,
        "ended_at_ms": task.ended_at_ms,
    }


def _document(event: str, after: Snapshot) -> dict[str, Any]:
    document = {"event": event, "task": after.task.id, "state": after.task.state}
    return document | {"rounds": after.rounds}
