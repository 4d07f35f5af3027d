"""Which processes belong to a consortium: by what they were started with, and where they work."""

import time
from contextlib import suppress
from pathlib import Path

MOMENT_SECONDS = 10  # of a busy machine


def processes_of(home: Path) -> list[str]:
    """Command lines of those that name the state folder, in their environment too, or work in it.

    A peer's or an orderer's command line alone does not say whose it is.
    """
    return [_command(entry) for entry in Path("/proc").glob("[0-9]*") if _names(entry, home)]


def left_behind(home: Path) -> list[str]:
    """Those that still run a moment after they should have ended."""
    deadline = time.monotonic() + MOMENT_SECONDS
    while (found := processes_of(home)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _names(process: Path, home: Path) -> bool:
    told = b""
    with suppress(OSError):  # it has just ended
        told += (process / "cmdline").read_bytes()
        told += (process / "environ").read_bytes()
        told += bytes((process / "cwd").readlink())
    return bytes(home) in told


def _command(process: Path) -> str:
    with suppress(OSError):
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""
