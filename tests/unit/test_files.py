"""A small file is the old one or the new one, whole, and nobody else's business."""

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from weftwork.errors import EnvironmentFaultError
from weftwork.files import locked, write_private


def test_a_file_is_replaced_at_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"one")
    path.chmod(0o644)
    write_private(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_and_then_its_folder_are_put_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def sync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append(f"{kind}, {len(list(tmp_path.glob('here')))} there")

    monkeypatch.setattr(os, "fsync", sync)
    write_private(tmp_path / "here", b"x")
    assert synced == ["file, 0 there", "folder, 1 there"]


def test_a_full_disk_names_the_file_and_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "file"
    write_private(path, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentFaultError, match="file: cannot be written: No space left"):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_is_held_inside_and_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path), path.open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_lock_that_cannot_be_made_names_its_file(tmp_path: Path) -> None:
    with (
        pytest.raises(EnvironmentFaultError, match="lock: cannot be locked: No such file"),
        locked(tmp_path / "absent" / "lock"),
    ):
        pytest.fail("not locked")
