"""What a node owes next: a pure function of the ledger, its disk, and who it is.

No duty remembers what came before it: each looks at how things stand. So a node that was killed,
or slept through a day of blocks, is told the same as one that saw everything happen.

`TABLES` lists the duties in order, by the node's role and the task's state. A duty answers with
what is owed, or with None where it has nothing to say; the first answer counts.
"""

from provider_node.duties.answer import DONE, NOTHING_YET, Duty, Owed, rest
from provider_node.duties.archive import keep, leave_to_its_archive, start
from provider_node.duties.committee import (
    close,
    collect,
    count,
    decide,
    finalize,
    wait_for_updates,
)
from provider_node.duties.joining import join, prepare, stand_aside
from provider_node.duties.training import begin, give_way, hand_in, take_part, train
from provider_node.view import View

__all__ = ["DONE", "TABLES", "Owed", "owed"]

ENDED = ("FINISHED", "CANCELLED", "HALTED")


def owed(view: View) -> Owed:
    """What the node owes to the task of `view`."""
    if view.task.state == "RUNNING" and view.newest is None:
        return NOTHING_YET  # the task was read just before its start, the round just after
    duties = TABLES.get((view.me.role, view.task.state), ())
    answers = (answer for duty in duties if (answer := duty(view)) is not None)
    return next(answers, DONE)


TABLES: dict[tuple[str, str], tuple[Duty, ...]] = {
    ("provider", "PUBLISHED"): (stand_aside, join, prepare, rest),
    ("provider", "RUNNING"): (
        *(take_part, close, begin, give_way, train, hand_in),
        *(collect, decide, finalize, wait_for_updates, rest),
    ),
    **{("provider", state): (take_part, count) for state in ENDED},
    ("archive", "PUBLISHED"): (leave_to_its_archive, start, rest),
    ("archive", "RUNNING"): (
        *(leave_to_its_archive, keep, close, decide, finalize),
        *(wait_for_updates, rest),
    ),
    ("archive", "FINISHED"): (leave_to_its_archive, keep, count),
    ("archive", "CANCELLED"): (leave_to_its_archive, count),
    ("archive", "HALTED"): (leave_to_its_archive, keep, count),
}
