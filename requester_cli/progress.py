"""Where a task stands: read from the ledger, and what is new since the last look. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from weftwork.ledger.records import Round, RoundRecord, SubmittedUpdate, Task, Term

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
    """Milliseconds that a round spent in each stage; None where the stage is not over.

    Training ends with the closing, judging with the last scores that are opened, aggregating with
    the commit.
    """

    training: int | None
    judging: int | None
    aggregating: int | None


def stage(round_: Round) -> str:
    """What an open round is at."""
    term = round_.term
    if term is None:
        return "training" if round_.missing else "closing"
    if round_.state != "EVALUATING":
        return "attesting"
    return "aggregating" if _judged(round_, term) else "judging"


def waits_for(round_: Round) -> list[str]:
    """Whom an open round waits for; nobody by name where any of them may go on with it."""
    term = round_.term
    if term is None:
        return round_.missing
    bound = {one.participant for one in term.scores_sealed}
    revealed = {one.participant for one in term.evaluations}
    sealed = {one.participant for one in term.sealed}
    attested = {one.participant for one in term.attestations}
    followers = [name for name in term.committee if name != term.leader]
    steps = {
        "judging": [[n for n in term.scorers if n not in done] for done in (bound, revealed)],
        "aggregating": [[n for n in followers if n not in sealed], [term.leader]],
        "attesting": [[n for n in followers if n in sealed and n not in attested]],
    }
    return next((names for names in steps[stage(round_)] if names), [])


def _judged(round_: Round, term: Term) -> bool:
    """Whether the scores are complete, but for those that did not come in time."""
    if term.evaluation < term.term or term.sealed:
        return True
    revealed = {one.participant for one in term.evaluations}
    return {one.participant for one in term.scores_sealed} <= revealed and (
        len(revealed) >= round_.quorum and {*term.scorers} <= revealed
    )


def spans(record: RoundRecord) -> Spans:
    """From opening to closing, to the last scores, to the commit."""
    closed = record.closed_at_ms
    judged = max((one.revealed_at_ms for one in record.evaluations), default=closed)
    return Spans(closed - record.opened_at_ms, judged - closed, record.committed_at_ms - judged)


def spans_so_far(round_: Round, now_ms: int) -> Spans:
    """As `spans`, of a round that is open: the stage that it is in lasts until now."""
    if round_.term is None or round_.closing is None:
        return Spans(max(now_ms - round_.opened_at_ms, 0), None, None)
    closed = round_.closing.closed_at_ms
    training = closed - round_.opened_at_ms
    if stage(round_) == "judging":
        return Spans(training, max(now_ms - closed, 0), None)
    judged = max((one.revealed_at_ms for one in round_.term.evaluations), default=closed)
    return Spans(training, judged - closed, max(now_ms - judged, 0))


def in_vain(submitted: int, missing: int, least: int) -> bool:
    """Whether the round can never be closed, as too many providers have left."""
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
        | {"round": now.round, "stage": stage(now), "leader": now.leader}
        | {"committee": now.committee, "term": now.term.term if now.term else 1}
        | {"waits_for": waits_for(now)}
        | {"submitted": [update.participant for update in now.updates], "missing": now.missing}
        | {"opened_at_ms": now.opened_at_ms, "deadline_ms": now.deadline_ms}
        | {"min": after.task.definition.participants.min}
    ]


def _seen(round_: Round | None) -> tuple[Any, ...] | None:
    if round_ is None:
        return None
    term = round_.term.term if round_.term else 1
    return round_.round, term, stage(round_), tuple(waits_for(round_))


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
