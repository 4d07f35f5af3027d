"""What tells whether a source is the one that was read: its description, and its files' state."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Builtin, Folder, Idx, Source

__all__ = ["fingerprint"]

# To be raised when the same files and schema are read as other samples than before.
VERSION = 2


def fingerprint(source: Source, schema: Schema) -> tuple[str, str, str]:
    """16 hexadecimal digits each of the source's description, the schema, and the files' state.

    The state is path, size and time of last change of every file. Raises `OSError`.
    """
    state = hashlib.sha256()
    for path in _files(source):
        status = path.stat()
        state.update(f"{path}\n{status.st_size}\n{status.st_mtime_ns}\n".encode())
    description = f"weftwork.data.v{VERSION}\n{source.model_dump_json()}".encode()
    return (
        hashlib.sha256(description).hexdigest()[:16],
        schema.digest[:16],
        state.hexdigest()[:16],
    )


def _files(source: Source) -> Iterator[Path]:
    match source:
        case Builtin():
            return
        case Idx():
            yield source.path
            if source.labels is not None:
                yield source.labels
        case Folder():
            yield from _below(source.path)
        case _:
            yield from _below(source.file) if source.file.is_dir() else (source.file,)


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield Path(parent, name)
