"""Processes that run without us: recognise them by the note that `launch` left, and end them."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from weftwork.errors import DeadlineError

# A process gets this long to end by itself before it is killed.
_GRACE_SECONDS = 10.0


def living(notes: Iterable[Path]) -> list[int]:
    """The process ids of those notes whose process still runs, with the same command line."""
    noted = [_read(path) for path in notes]
    return [pid for pid, command in noted if command and runs(pid) and _command(pid) == command]


def runs(pid: int) -> bool:
    """Whether the process exists and has not ended; its ports are its own until then."""
    return _state(pid) not in {"", "Z", "X"}


def end(pids: list[int]) -> None:
    """Ask the processes to end, kill those that do not; `DeadlineError` if one survives that."""
    _signal(pids, signal.SIGTERM)
    remaining = _await_end(pids, _GRACE_SECONDS)
    _signal(remaining, signal.SIGKILL)
    if survivors := _await_end(remaining, _GRACE_SECONDS):
        raise DeadlineError(f"these processes do not end: {', '.join(map(str, survivors))}")


def _await_end(pids: list[int], timeout: float) -> list[int]:
    deadline = time.monotonic() + timeout
    while (pids := [pid for pid in pids if runs(pid)]) and time.monotonic() < deadline:
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
    """The command line of a process; "" if there is none."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return raw.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")


def _state(pid: int) -> str:
    """One letter, Z for a process that only waits to be reaped; "" if there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return fields.rpartition(") ")[2][:1]  # after the name, which may hold anything
