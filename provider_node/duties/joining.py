"""A provider's duties before a task starts."""

from provider_node.duties.answer import DONE, NOTHING_YET, Owed, these
from provider_node.steps import Examine, Fetch, Join
from provider_node.view import View

__all__ = ["join", "prepare", "stand_aside"]


def stand_aside(view: View) -> Owed | None:
    """Whoever has left, or does not suit the task, has nothing to do with it."""
    return DONE if view.left or not (view.joined or view.suitable) else None


def join(view: View) -> Owed | None:
    """Offer to take part while there is a place."""
    if view.joined:
        return None
    return these(Join()) if len(view.candidates) < view.limits.max else NOTHING_YET


def prepare(view: View) -> Owed | None:
    """Have the task's artifacts, and know that they can be used, before a round needs them."""
    lacked = [Fetch(one, 1) for one in view.task_artifacts if view.lacks(one)]
    if lacked or view.journal.examined or view.task.definition.validation is None:
        return these(*lacked)
    return these(Examine())
