"""What a node owes next: a pure function of the ledger, its disk, and who it is.

No duty remembers what came before it: each looks at how things stand. So a node that was killed,
or slept through a day of blocks, is told the same as one that saw everything happen.

`TABLES` lists the duties in order, by the node's role and the task's state. A duty answers with
what is owed, or with None where it has nothing to say; the first answer counts.
"""

from collections.abc import Callable
from dataclasses import dataclass

from provider_node.steps import (
    Aggregate,
    Collect,
    Commit,
    Fetch,
    Finalize,
    Join,
    Keep,
    Leave,
    Propose,
    Push,
    Start,
    Step,
    Submit,
    Train,
)
from provider_node.view import View

__all__ = ["DONE", "TABLES", "Owed", "owed"]

# How soon an archive looks again for a task's artifacts, which arrive without an event.
ARRIVAL_MS = 1000


@dataclass(frozen=True)
class Owed:
    """Steps that may be taken now, in order of urgency and independent of each other.

    Without steps: `look_again_ms` is when time alone may change the answer (None: only an event
    can), and `done` says that nothing will ever be owed.
    """

    steps: tuple[Step, ...] = ()
    look_again_ms: int | None = None
    done: bool = False


DONE = Owed(done=True)
NOTHING_YET = Owed()

Duty = Callable[[View], Owed | None]


def owed(view: View) -> Owed:
    """What the node owes to the task of `view`."""
    if view.task.state == "RUNNING" and view.newest is None:
        return NOTHING_YET  # the task was read just before its start, the round just after
    duties = TABLES.get((view.me.role, view.task.state), ())
    answers = (answer for duty in duties if (answer := duty(view)) is not None)
    return next(answers, DONE)


def these(*steps: Step) -> Owed | None:
    """The steps as an answer; no steps are no answer."""
    return Owed(steps) if steps else None


def rest(_: View) -> Owed:
    """Nothing to do until something happens."""
    return NOTHING_YET


# --- a provider, before the start


def stand_aside(view: View) -> Owed | None:
    """Whoever has left, or does not suit the task, has nothing to do with it."""
    return DONE if view.left or not (view.joined or view.suitable) else None


def join(view: View) -> Owed | None:
    """Offer to take part while there is a place."""
    if view.joined:
        return None
    return these(Join()) if len(view.candidates) < view.limits.max else NOTHING_YET


def prepare(view: View) -> Owed | None:
    """Have the task's artifacts before the first round needs them."""
    return these(*(Fetch(one, 1) for one in view.task_artifacts if view.lacks(one)))


# --- a provider's part of a round


def take_part(view: View) -> Owed | None:
    """Only who was chosen, and has not left, takes part."""
    return DONE if view.left or view.me.name not in view.task.participants else None


def begin(view: View) -> Owed | None:
    """Have the model that the round starts from."""
    if not view.expected or not view.lacks(view.round.base):
        return None
    return these(Fetch(view.round.base, view.round.round))


def train(view: View) -> Owed | None:
    """Train, unless this round's update is there already."""
    if not view.expected or view.made:
        return None
    return Owed((Train(view.round.round),), look_again_ms=view.lead_until_ms)


def give_way(view: View) -> Owed | None:
    """Leave a task that waits in vain for an update of this node, so that all know why.

    Until then the owner may mend what is wrong, or the others end the round without it.
    """
    if not view.expected or not view.failure:
        return None
    if view.now_ms < view.held_up_from_ms:
        return Owed(look_again_ms=view.lead_until_ms or view.held_up_from_ms)
    return these(Leave(view.failure))


def hand_in(view: View) -> Owed | None:
    """The bytes to the leader, the digest to the ledger.

    The bytes go first, but a leader that is away holds nobody up: it collects them later.
    """
    if not view.open or view.made is None:
        return None
    steps: list[Step] = []
    if view.round.leader not in {"", view.me.name, *view.made.pushed_to}:
        steps.append(Push(view.round.round, view.round.leader))
    if view.expected:
        steps.append(Submit(view.round.round))
    return these(*steps)


# --- the leader's part of a round


def close(view: View) -> Owed | None:
    """After the deadline the round waits for nobody: also not for its leader's own update."""
    if not view.leading or not view.open or not view.due:
        return None
    answer = collect(view) or aggregate(view) or propose(view)
    return answer if answer and answer.steps else None


def collect(view: View) -> Owed | None:
    """Have the updates that were submitted, and what it takes to judge them.

    After the deadline an update that is out of reach holds the round up no longer.
    """
    if not view.leading or not view.open:
        return None
    number, validation = view.round.round, view.task.definition.validation
    steps: list[Step] = [
        Collect(number, one.participant)
        for one in view.round.updates
        if view.lacks(one) and not (view.due and one.participant in view.out_of_reach)
    ]
    if view.lacks(view.round.base):
        steps.append(Fetch(view.round.base, number))
    if validation and view.lacks(validation):
        steps.append(Fetch(validation, number))
    return these(*steps)


def aggregate(view: View) -> Owed | None:
    """Average once all are in, or at the deadline if enough are."""
    if not view.leading or not view.open or view.aggregate:
        return None
    if view.round.missing and not view.due:
        return Owed(look_again_ms=view.round.deadline_ms)
    if view.too_few:
        return NOTHING_YET
    return these(Aggregate(view.round.round, away=view.submitters - view.at_hand))


def propose(view: View) -> Owed | None:
    """Propose the aggregate of exactly the updates that are on the ledger."""
    if not view.leading or not view.open or view.aggregate is None:
        return None
    return these(Propose(view.round.round))


def commit(view: View) -> Owed | None:
    """Commit what was proposed."""
    if not view.leading or view.round.state != "PROPOSED":
        return None
    return these(Commit(view.round.round))


def finalize(view: View) -> Owed | None:
    """Finish the task after its final round."""
    record = view.round.record
    if not view.leading or record is None or record.outcome != "FINAL":
        return None
    return these(Finalize())


# --- the archive


def leave_to_its_archive(view: View) -> Owed | None:
    """A task is kept and started by the archive that it names, and by no other."""
    return None if view.archived_here else DONE


def start(view: View) -> Owed | None:
    """Start the task when it is full, or when joining is over and enough have joined.

    Wait for the task's artifacts: without them nobody could begin.
    """
    if any(view.lacks(one) for one in view.task_artifacts):
        return Owed(look_again_ms=view.now_ms + ARRIVAL_MS)
    names = view.candidates[: view.limits.max]
    if len(names) < view.limits.max and view.now_ms < view.task.join_deadline_ms:
        return Owed(look_again_ms=view.task.join_deadline_ms)
    return these(Start(tuple(sorted(names)))) if len(names) >= view.limits.min else None


def keep(view: View) -> Owed | None:
    """Keep every committed model, the newest first."""
    open_ = view.task.state == "RUNNING" and view.round.state != "COMMITTED"
    last = view.task.round - 1 if open_ else view.task.round
    return these(
        *(Keep(number) for number in range(last, 0, -1) if number not in view.journal.kept)
    )


TABLES: dict[tuple[str, str], tuple[Duty, ...]] = {
    ("provider", "PUBLISHED"): (stand_aside, join, prepare, rest),
    ("provider", "RUNNING"): (
        *(take_part, close, begin, give_way, train, hand_in),
        *(collect, aggregate, propose, commit, finalize, rest),
    ),
    ("archive", "PUBLISHED"): (leave_to_its_archive, start, rest),
    ("archive", "RUNNING"): (leave_to_its_archive, keep, rest),
    ("archive", "FINISHED"): (leave_to_its_archive, keep),
}
