"""Files that may be compressed by gzip: what they are is seen from their first bytes."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from weftwork.errors import DataError

__all__ = ["opened"]

GZIP = b"\x1f\x8b"


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """`path` for reading, decompressed; what is wrong with the compression is a `DataError`."""
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    with path.open("rb") as file:
        zipped = file.read(2) == GZIP
        file.seek(0)
        try:
            if not zipped:
                yield file
                return
            with gzip.GzipFile(fileobj=file) as unzipped:
                yield io.BufferedReader(unzipped)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"{path}: its gzip compression is damaged: {error}") from error
