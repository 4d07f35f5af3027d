"""The phases of an operation: told to whoever watches, and timed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from network.steps.progress import READY, OnProgress, Progress, silent


@dataclass
class Phases:
    """Tells of each phase as it begins and ends, and keeps the seconds that it took."""

    on_progress: OnProgress = silent
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, doing: str) -> Iterator[None]:
        """The phase `name`, from entering the block to leaving it without an exception."""
        started = time.monotonic()
        self.on_progress(Progress(name, doing))
        yield
        self.seconds[name] = time.monotonic() - started
        self.on_progress(Progress(name, READY))
