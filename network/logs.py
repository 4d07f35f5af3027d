"""A process's log: its last lines, and on request those that follow."""

import os
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from network.layout import Home
from weftwork.errors import NotFoundError

_POLL_SECONDS = 0.2


def path(home: Home, name: str) -> Path:
    """The log of process `name`; `NotFoundError` that names those there are."""
    found = home.logs / f"{name}.log"
    if not found.exists():
        names = ", ".join(sorted(log.stem for log in home.logs.glob("*.log"))) or "none yet"
        raise NotFoundError(f"{name}: no log of that name; there are: {names}")
    return found


def lines(log: Path, count: int, *, follow: bool = False) -> Iterator[str]:
    """The last `count` lines, without their ends; with `follow` those to come, too, for ever.

    None is lost between the two, nor when the log is rotated.
    """
    with log.open(errors="replace") as file:
        last = deque(file, maxlen=count)
        begun = last.pop() if last and not last[-1].endswith("\n") else ""
        yield from (line.removesuffix("\n") for line in last)
        yield from _remaining(log, file, begun, follow=follow)
    while follow:
        with log.open(errors="replace") as file:
            yield from _remaining(log, file, "", follow=True)


def _remaining(log: Path, file: TextIO, begun: str, *, follow: bool) -> Iterator[str]:
    """From where `file` is read to, as it is now or, with `follow`, until it is rotated away."""
    while True:
        rotated = _rotated(log, file)  # asked before reading: what was written till then is read
        if chunk := file.read():
            *whole, begun = (begun + chunk).split("\n")
            yield from whole
        elif rotated or not follow:
            break
        else:
            time.sleep(_POLL_SECONDS)
    if begun:
        yield begun


def _rotated(log: Path, file: TextIO) -> bool:
    """Whether the path names another file now; between the two there is none for a moment."""
    try:
        return log.stat().st_ino != os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False
