"""A bundle: all that an audit reads, in a folder or a tar file of one.

manifest.json                  what is here, with SHA-256 of each; what could not be had, and why
blocks/000000.block ...        serialised `common.Block`s, from the first
config/MSPID.pem               the root certificates of each organisation, for people to compare
artifacts/sha256/3f/3f1a...    models, updates and validation data, named by their digests
"""

import errno
import hashlib
import json
import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Self

from cryptography.hazmat.primitives.serialization import Encoding

from weftwork.audit.configuration import Configuration, Organisation
from weftwork.audit.findings import MALFORMED
from weftwork.errors import IntegrityError, NotFoundError

__all__ = [
    "Bundle",
    "artifact_path",
    "block_path",
    "is_bundle",
    "opened",
    "root_path",
    "roots_of",
    "write_manifest",
    "write_roots",
]

MANIFEST = "manifest.json"
FORMAT = "weftwork.audit.v1"

# What tarfile raises for what is no tar file, or is cut off or damaged, compressed or not.
UNPACKING = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, *MALFORMED)

# What is this machine's fault while a tar file is unpacked, and not the file's.
FULL = (errno.ENOSPC, errno.EDQUOT)


def block_path(number: int) -> Path:
    """Where a block is in a bundle."""
    return Path("blocks") / f"{number:06d}.block"


def artifact_path(digest: str) -> Path:
    """Where an artifact is in a bundle."""
    return Path("artifacts") / "sha256" / digest[:2] / digest


def root_path(msp: str) -> Path:
    """Where the root certificates of an organisation are in a bundle."""
    return Path("config") / f"{re.sub('[^A-Za-z0-9.-]', '_', msp)}.pem"


def roots_of(organisation: Organisation) -> bytes:
    """The root certificates of an organisation, one after the other."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in organisation.roots)


def write_roots(folder: Path, configuration: Configuration) -> None:
    """Write them of every organisation, for people to compare with what they know."""
    for msp, organisation in configuration.organisations.items():
        path = folder / root_path(msp)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(roots_of(organisation))


def write_manifest(
    folder: Path, task: str, blocks: int, absent: Sequence[Mapping[str, str]]
) -> None:
    """Say in the bundle what is in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    content = {
        "format": FORMAT,
        "task": task,
        "blocks": blocks,
        "files": {str(path.relative_to(folder)): file_digest(path) for path in files},
        "absent": list(absent),
    }
    (folder / MANIFEST).write_text(json.dumps(content, indent=2) + "\n")


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Bundle:
    """A folder whose manifest was read. `stores` are further folders that keep artifacts."""

    folder: Path
    task: str
    blocks: int
    files: dict[str, str]
    absent: tuple[str, ...]
    stores: tuple[Path, ...] = ()

    @classmethod
    def read(cls, folder: Path, stores: Sequence[Path] = (), known_as: Path | None = None) -> Self:
        """Raises `NotFoundError` for no bundle, `IntegrityError` for one that cannot be read.

        `known_as`: what a person calls the folder, who may know it as a tar file.
        """
        path = (known_as or folder) / MANIFEST
        try:
            content: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        except OSError as error:
            raise NotFoundError(f"{path}: {error.strerror}: this is no exported bundle") from error
        except MALFORMED as error:
            raise IntegrityError(f"{path}: the manifest cannot be read: {error}") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise IntegrityError(f"{path}: should have the format {FORMAT}")
        try:
            return cls(
                folder=folder,
                task=str(content["task"]),
                blocks=_count(content["blocks"]),
                files=_digests(content["files"]),
                absent=tuple(f"{one['what']}: {one['reason']}" for one in content["absent"]),
                stores=tuple(stores),
            )
        except MALFORMED as error:
            raise IntegrityError(f"{path}: the manifest is not whole: {error!r}") from error

    def file(self, name: str) -> Path | None:
        """A file of the bundle; None if it has no such file, or if the name leads out of it."""
        path = self.folder / name
        inside = path.resolve().is_relative_to(self.folder.resolve())
        return path if inside and _is_file(path) else None

    def block(self, number: int) -> bytes:
        """A block's bytes. Raises `NotFoundError`."""
        path = block_path(number)
        try:
            return (self.folder / path).read_bytes()
        except OSError as error:
            raise NotFoundError(f"{path}: {error.strerror}") from error

    def artifact(self, digest: str) -> Path | None:
        """Where an artifact's bytes are, here or in a store; None if nowhere."""
        here = self.folder / artifact_path(digest)
        kept = [store / "sha256" / digest[:2] / digest for store in self.stores]
        return next((path for path in (here, *kept) if _is_file(path)), None)


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a name that is too long for any is no fault of this machine."""
    try:
        return path.is_file()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"blocks: {value!r:.40} is no number of blocks")
    return value


def _digests(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ValueError("files: should have the SHA-256 of each file by its name")
    return value


def is_bundle(folder: Path) -> bool:
    """Whether it is the folder of a bundle, by its manifest."""
    return _is_file(folder / MANIFEST)


@contextmanager
def opened(path: Path, stores: Sequence[Path] = ()) -> Iterator[Bundle]:
    """A bundle in a folder, or in a tar file, which is unpacked aside while this lasts."""
    if path.is_dir() or not path.exists():
        yield Bundle.read(path, stores)
        return
    with TemporaryDirectory(prefix="weftwork-audit-") as aside:
        with path.open("rb") as file:
            _unpack(file, path, aside)
        yield Bundle.read(Path(aside), stores, path)


def _unpack(file: BinaryIO, path: Path, folder: str) -> None:
    try:
        with tarfile.open(fileobj=file) as packed:
            packed.extractall(folder, filter="data")
    except (*UNPACKING, OSError) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        reason = str(error).partition("\n")[0].rstrip(":")
        raise IntegrityError(f"{path} is no tar file of a bundle: {reason}") from error
