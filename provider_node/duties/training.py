"""A provider's part of a round that is open: train, and submit the update's digest."""

from provider_node.duties.answer import DONE, Owed, these
from provider_node.steps import Fetch, Leave, Submit, Train
from provider_node.view import View

__all__ = ["begin", "give_way", "hand_in", "take_part", "train"]


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
    return Owed((Train(view.round.round),), look_again_ms=_until_ms(view))


def give_way(view: View) -> Owed | None:
    """Leave a task that waits in vain for an update of this node, so that all know why.

    Until then the owner may mend what is wrong, or the others end the round without it.
    """
    if not view.expected or not view.failure:
        return None
    if view.now_ms < view.held_up_from_ms:
        return Owed(
            look_again_ms=min(view.held_up_from_ms, _until_ms(view) or view.held_up_from_ms)
        )
    return these(Leave(view.failure))


def hand_in(view: View) -> Owed | None:
    """The digest to the ledger.

    The bytes stay here until the round is closed: who had them before could submit them, too.
    """
    if not view.expected or view.made is None:
        return None
    return these(Submit(view.round.round))


def _until_ms(view: View) -> int | None:
    """When the round can be closed without this node's update."""
    return None if view.due else view.round.deadline_ms
