"""Who may give a node artifacts, and who may take which from it: pure functions of the ledger.

what                                    who may take it
a task's first model, validation data   its participants (before the start: who joined),
a committed model, not the final one    and the requester's organisation
the final model                         the requester's organisation, and its round's committee
an update                               its round's committee, once the round is closed
anything else                           nobody

A task's first model and validation data are given to its archive by its own organisation. Nothing
else is given without being asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from weftwork.ledger.records import Round, Task

__all__ = ["Asker", "came_by", "may_take", "most_bytes"]

# An update has the model's tensors; strategies may add state of the same size.
MAX_TIMES_MODEL = 4
MAX_EXTRA_BYTES = 1 << 20


@dataclass(frozen=True)
class Asker:
    """Another node or a person: its organisation, and its name if it has registered."""

    msp_id: str
    name: str | None = None


def came_by(me: str, digest: str, task: Task, rounds: Iterable[Round]) -> bool:
    """Whether the ledger says that node `me` has the artifact by way of the task.

    It is the archive that the task began with, or it made the artifact in one of these rounds. That
    an update names a digest says nothing: its provider may name what came here by another task.
    """
    if task.definition.archive == me and digest in _starting(task):
        return True
    return any(_made(me, digest, one) for one in rounds)


def _made(me: str, digest: str, round_: Round) -> bool:
    update = any((one.participant, one.digest) == (me, digest) for one in round_.updates)
    record = round_.record
    return update or (record is not None and record.digest == digest and me in record.committee)


def _starting(task: Task) -> set[str]:
    """The digests of what a task starts with."""
    both = (task.definition.initial_model, task.definition.validation)
    return {one.digest for one in both if one}


def may_take(asker: Asker, digest: str, task: Task, rounds: Iterable[Round]) -> bool:
    """Whether `asker` may take the artifact, going by what the task and these of its rounds say."""
    insider = asker.msp_id == task.requester_msp or asker.name in _members(task)
    if insider and digest in _starting(task):
        return True
    return any(_of_round(asker, insider, digest, task, one) for one in rounds)


def _of_round(asker: Asker, insider: bool, digest: str, task: Task, round_: Round) -> bool:
    record = round_.record
    if insider and digest == round_.base.digest:
        return True
    if record and digest == record.digest:
        if record.outcome == "CONTINUE":
            return insider
        return asker.msp_id == task.requester_msp or asker.name in record.committee
    # Before the round is closed a member could submit the bytes as its own, and first.
    of_update = any(one.digest == digest for one in round_.updates)
    return of_update and round_.state != "OPEN" and asker.name in _deciding(round_)


def _deciding(round_: Round) -> set[str]:
    """Who judges the round's updates, or computes their aggregate."""
    scorers = round_.term.scorers if round_.term else []
    return {*round_.committee, *scorers}


def _members(task: Task) -> set[str]:
    chosen = task.participants or [one.participant for one in task.joined]
    return {*chosen} - {one.participant for one in task.left}


def most_bytes(task: Task) -> int:
    """How large an update of the task may be."""
    return MAX_TIMES_MODEL * task.definition.initial_model.size + MAX_EXTRA_BYTES
