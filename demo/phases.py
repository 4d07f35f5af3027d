"""The demo's phases: a heading each, and the seconds that each took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console


@dataclass
class Phases:
    """Prints a heading for each phase and keeps its duration in seconds, in order."""

    console: Console
    total: int
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, title: str) -> Iterator[None]:
        """Run the block as phase `name`; its duration is kept even when it fails."""
        self.console.print(f"\n[bold]{len(self.seconds) + 1}/{self.total}  {title}[/bold]")
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - start, 2)
