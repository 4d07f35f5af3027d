"""What a long step says about itself: data for whoever shows it."""

from collections.abc import Callable
from dataclasses import dataclass

READY = "ready"  # the phase of a part that is done


@dataclass(frozen=True)
class Progress:
    """`part` is what is being made, `phase` what happens to it: `done` of `total` `unit`s.

    A `total` of 0 means that there is nothing to count.
    """

    part: str
    phase: str
    done: int = 0
    total: int = 0
    unit: str = ""

    def __str__(self) -> str:
        if self.total:
            return f"{self.phase} {self.done} of {self.total} {self.unit}".rstrip()
        return self.phase


OnProgress = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Show nothing."""
