"""A content-addressed store: bytes on disk, named by their SHA-256 digest.

    FOLDER/sha256/3f/3f1a...   an artifact, 0600
    FOLDER/incoming/...        what is being written, locked by its writer

An artifact appears under its name at once and whole: written aside, checked, synced, renamed.
Several processes may share a store. What a killed process left half-written is removed when the
store is opened next.
"""

import errno
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from weftwork.artifacts.limits import CHUNK_BYTES
from weftwork.errors import EnvironmentFaultError, IntegrityError, NotFoundError
from weftwork.files import sync_folder
from weftwork.ledger.records import Artifact

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Store:
    """The artifacts under `folder`, which is made if it does not exist (0700).

    Every method raises `EnvironmentFaultError` when the disk is full or cannot be used, and
    `ValueError` for a digest that is not 64 lowercase hexadecimal digits.
    """

    def __init__(self, folder: Path) -> None:
        self._content = folder / "sha256"
        self._incoming = folder / "incoming"
        with disk_faults(folder):
            for path in (folder, self._content, self._incoming):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._tidy()

    def path(self, digest: str) -> Path:
        """Where the artifact is, or would be."""
        if not is_digest(digest):
            raise ValueError(f"{digest!r} is not a SHA-256 digest in lowercase hexadecimal")
        return self._content / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Whether the artifact is here."""
        return self.path(digest).is_file()

    def open(self, digest: str) -> BinaryIO:
        """The artifact's bytes. Raises `NotFoundError`."""
        with self._finding(digest):
            return self.path(digest).open("rb")

    def get(self, digest: str) -> Artifact:
        """The artifact's digest and size. Raises `NotFoundError`."""
        with self._finding(digest):
            return Artifact(digest=digest, size=self.path(digest).stat().st_size)

    def put(self, stream: BinaryIO) -> Artifact:
        """Keep what `stream` yields up to its end; return its digest and size."""
        with self.receive() as incoming:
            while chunk := stream.read(CHUNK_BYTES):
                incoming.write(chunk)
            return incoming.commit()

    def receive(self, expected: Artifact | None = None) -> "Incoming":
        """A context to write an artifact in, chunk by chunk, checked against `expected`."""
        return Incoming(self, self._incoming, expected)

    def verify(self, digest: str) -> None:
        """Read the artifact and compare it with its name; `NotFoundError` if it is not here.

        Raises `IntegrityError` if it is damaged, and forgets it: so it can be had anew.
        """
        with self._finding(digest), self.path(digest).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != digest:
            self.remove(digest)
            raise IntegrityError(f"artifact {digest} was damaged on the disk of {self._content}")

    def remove(self, digest: str) -> None:
        """Forget the artifact; nothing happens if it is not here."""
        with disk_faults(self._content):
            self.path(digest).unlink(missing_ok=True)

    def list(self) -> Iterator[Artifact]:
        """Every artifact, in the order of the digests."""
        for path in sorted(self._content.glob("??/*")):
            with suppress(FileNotFoundError):  # removed meanwhile
                yield Artifact(digest=path.name, size=path.stat().st_size)

    def _tidy(self) -> None:
        """Remove what no living process is writing."""
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()

    @contextmanager
    def _finding(self, digest: str) -> Iterator[None]:
        with disk_faults(self._content):
            try:
                yield
            except FileNotFoundError as error:
                raise NotFoundError(f"artifact {digest} is not in {self._content}") from error


class Incoming:
    """An artifact that is being written; leaving the context without `commit` drops it."""

    def __init__(self, store: Store, folder: Path, expected: Artifact | None) -> None:
        self._store = store
        self._folder = folder
        self._expected = expected
        self._hash = hashlib.sha256()
        self._size = 0

    def __enter__(self) -> Self:
        with disk_faults(self._folder):
            self._file, self._path = _locked_file(self._folder)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # closing writes what is buffered; the fault was reported before
            self._path.unlink(missing_ok=True)
            self._file.close()

    def write(self, chunk: bytes) -> None:
        """Append `chunk`. Raises `IntegrityError` once there is more than expected."""
        self._size += len(chunk)
        if self._expected and self._size > self._expected.size:
            raise IntegrityError(
                f"artifact {self._expected.digest}: more than the {self._expected.size} bytes"
                " that it should have"
            )
        self._hash.update(chunk)
        with disk_faults(self._folder):
            self._file.write(chunk)

    def commit(self) -> Artifact:
        """Check size and digest and put the artifact in its place, to outlive a crash."""
        artifact = Artifact(digest=self._hash.hexdigest(), size=self._size)
        if self._expected and artifact != self._expected:
            raise IntegrityError(
                f"artifact {self._expected.digest} of {self._expected.size} bytes: received"
                f" {artifact.size} bytes with digest {artifact.digest}"
            )
        target = self._store.path(artifact.digest)
        with disk_faults(self._folder):
            self._file.flush()
            os.fsync(self._file.fileno())
            target.parent.mkdir(mode=0o700, exist_ok=True)
            self._path.replace(target)
            sync_folder(target.parent)
            sync_folder(target.parent.parent)
        return artifact


def is_digest(text: str) -> bool:
    """Whether `text` is a SHA-256 digest in lowercase hexadecimal."""
    return _DIGEST.fullmatch(text) is not None


@contextmanager
def disk_faults(folder: Path) -> Iterator[None]:
    """Turn the operating system's errors into one line that says what to do."""
    try:
        yield
    except OSError as error:
        remedy = "; make room, or move the store" if error.errno in _FULL else ""
        raise EnvironmentFaultError(f"{folder}: {error.strerror}{remedy}") from error


def _locked_file(folder: Path) -> tuple[BinaryIO, Path]:
    """A new file, locked while it is open; another process's `_tidy` may win the race for it."""
    while True:
        path = folder / secrets.token_hex(16)
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file, path
        file.close()
