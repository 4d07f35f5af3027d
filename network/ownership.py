"""Whose a state folder is: a network stops and removes only what lies in one that it has marked.

Without the mark, `reset` in a home folder would take the `public` or `logs` of somebody else.
"""

from pathlib import Path

from network import files
from network.layout import Home
from weftwork.errors import NotFoundError, UsageError

_MARK = "Made by `python -m network up`; `reset` removes what the network wrote beside this file.\n"


def ours(home: Home) -> bool:
    """Whether a network was made in the folder."""
    return home.mark.exists()


def require(home: Home) -> None:
    """`NotFoundError` unless a network was made in the folder."""
    if not ours(home):
        raise NotFoundError(f"{home.root}: no network here; run `python -m network up` for one")


def claim(home: Home) -> None:
    """Mark the folder; `UsageError` if it has files of others under the names that we use."""
    if ours(home):
        return
    if foreign := [path.name for path in home.content() if _has_content(path, home)]:
        raise UsageError(
            f"{home.root}: {', '.join(foreign)} here is not this network's; "
            "set WEFTWORK_HOME to another folder"
        )
    files.write(home.mark, _MARK)


def _has_content(path: Path, home: Home) -> bool:
    if path == home.topology:
        return False  # a topology may be laid ready
    if path == home.run and path.exists():
        return any(found.name != "lock" for found in path.iterdir())  # ours, of this moment
    return path.exists()
