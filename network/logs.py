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


def last_lines(log: Path, count: int) -> list[str]:
    """The last `count` lines, without their ends."""
    with log.open(errors="replace") as file:
        return [line.rstrip("\n") for line in deque(file, maxlen=count)]


def follow(log: Path) -> Iterator[str]:
    """Lines as they are written from now on, for ever; a rotated log is left for the new one."""
    file = log.open(errors="replace")
    try:
        file.seek(0, 2)
        rest = ""
        while True:
            if chunk := file.read():
                *lines, rest = (rest + chunk).split("\n")
                yield from lines
                continue
            if _rotated(log, file):
                if rest:
                    yield rest
                rest = ""
                file.close()
                file = log.open(errors="replace")
                continue
            time.sleep(_POLL_SECONDS)
    finally:
        file.close()


def _rotated(log: Path, file: TextIO) -> bool:
    """Whether the path names another file now; between the two there is none for a moment."""
    try:
        return log.stat().st_ino != os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False
