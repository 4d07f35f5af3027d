"""One command at a time on a state folder: two at once would undo each other's work."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from network.layout import Home
from weftwork.errors import EnvironmentFaultError


@contextmanager
def alone(home: Home, patience: float = 0.0) -> Iterator[None]:
    """Hold the folder, waiting `patience` seconds for another to let go of it.

    `EnvironmentFaultError` if it does not. The lock ends with its process, however that ends.
    """
    home.run.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience
    with (home.run / "lock").open("w") as lock:
        while not _taken(lock.fileno()):
            if time.monotonic() >= deadline:
                raise EnvironmentFaultError(
                    f"{home.root}: another command is at work on this network; wait for it"
                )
            time.sleep(0.1)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
