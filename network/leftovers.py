"""Processes that run without us: recognise them by the note that `launch` left, and end them."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from weftwork.errors import DeadlineError

# Linux tells without a further program.
_PROC = Path("/proc/self/cmdline")

# A process gets this long to end by itself before it is killed.
_GRACE_SECONDS = 10.0


def living(notes: Iterable[Path]) -> list[int]:
    """The process ids of those notes whose process still runs, with the same command line."""
    noted = [_read(path) for path in notes]
    return [pid for pid, command in noted if command and _command(pid) == command]


def end(pids: list[int]) -> None:
    """Ask the processes to end, kill those that do not; `DeadlineError` if one survives that."""
    _signal(pids, signal.SIGTERM)
    remaining = _await_end(pids, _GRACE_SECONDS)
    _signal(remaining, signal.SIGKILL)
    if survivors := _await_end(remaining, _GRACE_SECONDS):
        raise DeadlineError(f"these processes do not end: {', '.join(map(str, survivors))}")


def _await_end(pids: list[int], timeout: float) -> list[int]:
    deadline = time.monotonic() + timeout
    while (pids := [pid for pid in pids if _command(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return pids


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _read(path: Path) -> tuple[int, str]:
    """Process id and command line of a note; (0, "") if it is not one."""
    with suppress(OSError, ValueError):
        pid, _, command = path.read_text().strip().partition(" ")
        return int(pid), command
    return 0, ""


def _command(pid: int) -> str:
    """The command line of a living process, or "" (also for one that only waits to be reaped)."""
    if _PROC.exists():
        try:
            raw = (_PROC.parent.parent / str(pid) / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return raw.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    columns = ["ps", "-ww", "-o", "stat=,args=", "-p", str(pid)]
    found = subprocess.run(columns, capture_output=True, text=True, check=False)
    state, _, command = found.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command.strip()
