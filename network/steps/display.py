"""Progress for people: live lines on a terminal, a plain line now and then where there is none."""

import shutil
import sys
import threading
import time
from types import TracebackType
from typing import Self, TextIO

from network.steps.progress import READY, Progress

# Without a terminal a line tells of a new phase, or that an old one goes on.
_PLAIN_SECONDS = 10.0
_TICK_SECONDS = 0.2


class Display:
    """Give its `update` to whatever reports. As a context it also shows that time goes on."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._started = time.monotonic()
        self._parts: dict[str, Progress] = {}
        self._told: dict[str, tuple[str, float]] = {}
        self._drawn = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        self._ticker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._ticker.join()
        self._show()

    def update(self, progress: Progress) -> None:
        """Show what a part does now. What is ready without having been worked on is no news."""
        if progress.phase == READY and progress.part not in self._parts:
            return
        with self._lock:
            self._parts[progress.part] = progress
        if not self._live:
            self._show()

    def _tick(self) -> None:
        while not self._stop.wait(_TICK_SECONDS):
            self._show()

    def _show(self) -> None:
        with self._lock:
            if self._live:
                self._draw()
            else:
                for progress in self._parts.values():
                    self._tell(progress, time.monotonic())

    def _tell(self, progress: Progress, now: float) -> None:
        phase, told_at = self._told.get(progress.part, ("", 0.0))
        due = now - told_at >= _PLAIN_SECONDS and progress.phase != READY
        if progress.phase != phase or due:
            self._told[progress.part] = (progress.phase, now)
            elapsed = int(now - self._started)
            print(f"{elapsed:4d} s  {progress.part}: {progress}", file=self._stream, flush=True)

    def _draw(self) -> None:
        """Over the lines drawn before: one line a part, cut to the terminal's width."""
        width = shutil.get_terminal_size().columns - 1
        elapsed = int(time.monotonic() - self._started)
        margin = max(map(len, self._parts), default=0)
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        lines = [
            f"{elapsed:4d} s  {part:<{margin}}  {progress}"[:width]
            for part, progress in self._parts.items()
        ]
        self._stream.write(up + "".join(f"\r\x1b[2K{line}\n" for line in lines))
        self._stream.flush()
        self._drawn = len(lines)
