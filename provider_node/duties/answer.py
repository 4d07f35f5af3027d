"""What a duty answers."""

from collections.abc import Callable
from dataclasses import dataclass

from provider_node.steps import Step
from provider_node.view import View

__all__ = ["DONE", "NOTHING_YET", "Duty", "Owed", "rest", "these"]


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


def these(*steps: Step) -> Owed | None:
    """The steps as an answer; no steps are no answer."""
    return Owed(steps) if steps else None


def rest(_: View) -> Owed:
    """Nothing to do until something happens."""
    return NOTHING_YET
