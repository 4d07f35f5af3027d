"""Wait until processes are healthy, or say at once which one is not and what it said last."""

import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from network.layout import Home
from network.supervisor import Supervisor
from network.topology import Component
from weftwork.errors import DeadlineError, EnvironmentFaultError

Check = Callable[[], bool]

# Failing to start once may be bad luck; the supervisor tries again.
_ATTEMPTS = 3


def wait(supervisor: Supervisor, home: Home, checks: Mapping[str, Check], timeout: float) -> None:
    """Return when every check (by program name) holds.

    `EnvironmentFaultError` when a program keeps ending, `DeadlineError` after `timeout` seconds;
    both name the program and the last line of its log.
    """
    deadline = time.monotonic() + timeout
    failures: dict[str, set[int]] = {name: set() for name in checks}
    while checks := {name: check for name, check in checks.items() if not check()}:
        processes = supervisor.processes()
        for name in checks:
            process = processes.get(name)
            if process and process.state == "BACKOFF":
                failures[name].add(process.started_at)
            if len(failures[name]) >= _ATTEMPTS or (process and process.state == "FATAL"):
                raise EnvironmentFaultError(f"{name} does not run: {last_words(home, name)}")
        if time.monotonic() > deadline:
            name = next(iter(checks))
            words = last_words(home, name)
            raise DeadlineError(f"{name} is not healthy after {timeout:.0f} s: {words}")
        time.sleep(0.05)


def listens(component: Component) -> bool:
    """Whether something accepts connections on every port of the component."""
    return all(accepts(component.host, port) for port in component.ports().values())


def last_words(home: Home, name: str) -> str:
    """The last line of a program's log, and where the rest is."""
    log = home.logs / f"{name}.log"
    return f"{_last_line(log)} (see {log})"


def accepts(host: str, port: int) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _last_line(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 4096))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return "it wrote no log"
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "an empty log")
