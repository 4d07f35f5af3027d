"""What a long step says about itself: data for whoever shows it."""

from collections.abc import Callable
from dataclasses import dataclass

READY = "ready"  # the phase of a part that is done


@dataclass(frozen=True)
class Progress:
    """`part` is what is being made, `phase` what happens to it; `total` 0 means not known yet."""

    part: str
    phase: str
    done: int = 0
    total: int = 0

    def __str__(self) -> str:
        if self.total:
            return f"{self.phase} {self.done} of {self.total}"
        return f"{self.phase} {self.done}" if self.done else self.phase


OnProgress = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Show nothing."""
