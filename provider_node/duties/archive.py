"""The archive's duties: start tasks, keep every model, and move on what nobody else does."""

from provider_node.duties.answer import DONE, Owed, these
from provider_node.steps import Keep, Start
from provider_node.view import View

__all__ = ["keep", "leave_to_its_archive", "start"]

# How soon an archive looks again for a task's artifacts, which arrive without an event.
ARRIVAL_MS = 1000


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
    open_ = view.newest is not None and view.newest.state != "COMMITTED"
    last = view.task.round - 1 if open_ else view.task.round
    return these(
        *(Keep(number) for number in range(last, 0, -1) if number not in view.journal.kept)
    )
