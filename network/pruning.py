"""Old builds are forgotten, so that a development of months fills no disk."""

import shutil
from collections.abc import Collection, Iterable
from pathlib import Path


def keep_newest(folders: Iterable[Path], count: int, used: Collection[Path] = ()) -> None:
    """Remove all but the `count` folders that were changed last and those in `used`."""
    oldest_last = sorted(folders, key=_changed_at, reverse=True)
    for folder in oldest_last[count:]:
        if folder not in used:
            shutil.rmtree(folder, ignore_errors=True)  # another process may be at the same


def _changed_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
