"""Small files that a process must not lose: replaced whole, on the disk, by one at a time."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from weftwork.errors import EnvironmentFaultError

__all__ = ["faults", "locked", "replace", "sync_folder", "write_private"]


def write_private(path: Path, data: bytes) -> None:
    """`replace` with mode 0600: nobody else on this machine may read it."""
    replace(path, data, 0o600)


def replace(path: Path, data: bytes, mode: int) -> None:
    """Replace `path` by `data` at once, with `mode`; it is on the disk when this returns.

    The folder must exist. Raises `EnvironmentFaultError`; `path` is then the old file or none.
    """
    with faults(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                os.fchmod(handle, mode)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


@contextmanager
def faults(path: Path, what: str = "cannot be written") -> Iterator[None]:
    """What the system refuses inside becomes an `EnvironmentFaultError` that names `path`."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFaultError(f"{path}: {what}: {error.strerror or error}") from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone among the processes that lock the file `path` (0600); they wait for one another.

    The folder must exist. The lock ends with its process, however that ends. Raises
    `EnvironmentFaultError`.
    """
    with faults(path, "cannot be locked"):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with faults(path, "cannot be locked"):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Put the folder's entries on the disk: without, a power cut may undo the replacement."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
