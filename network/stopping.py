"""Stop a consortium, and remove one. Needs nothing but its state folder."""

import shutil

from network import lock, ownership
from network.layout import Home
from network.supervisor import Supervisor

# An `up` that was interrupted just now is still stopping what it started.
_PATIENCE_SECONDS = 60.0


def stop(home: Home) -> bool:
    """Stop every process. The ledger stays; the next `up` resumes it. False: none was made here."""
    if not ownership.ours(home):
        return False
    with lock.alone(home, _PATIENCE_SECONDS):
        Supervisor(home).shutdown()
    return True


def remove(home: Home) -> None:
    """Stop every process and remove what the network wrote: ledger, keys and logs.

    `NotFoundError` where no network was made: the folders of that name are somebody else's.
    """
    ownership.require(home)
    stop(home)
    for path in home.content():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
