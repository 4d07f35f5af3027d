"""From a source to consecutive samples, scaled, normalised and checked.

What goes wrong on the way is said to be the data's fault, or the machine's.
"""

from collections.abc import Callable, Iterator

from weftwork.errors import DataError, EnvironmentFaultError, WeftworkError
from weftwork.learning.data.dataset import Dataset
from weftwork.learning.data.digits import read_digits
from weftwork.learning.data.portions import Portion
from weftwork.learning.data.preparation import prepared
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import (
    Builtin,
    Csv,
    Folder,
    Idx,
    Leaf,
    Npz,
    Parquet,
    Source,
    Windows,
)

__all__ = ["place", "read"]

PIXEL = 255.0  # the brightest


def read(
    source: Source, schema: Schema, note: Callable[[Portion], None] | None = None
) -> Iterator[Dataset]:
    """Consecutive samples of `source`; `DataError` says which row and column is wrong, and why.

    `note` sees each portion before it is prepared.
    """
    try:
        for portion in _portions(source, schema):
            if note:
                note(portion)
            yield prepared(portion, schema, _divisor(source))
    except (WeftworkError, MemoryError):
        raise
    except OSError as error:
        if error.errno is None:  # not the system's, but a library's word for bad bytes
            raise _unreadable(source, error) from error
        raise EnvironmentFaultError.of(error, place(source)) from error
    except Exception as error:  # a library may raise anything for bytes that it does not like
        raise _unreadable(source, error) from error


def place(source: Source) -> str:
    """Where a source is, for people."""
    return f"builtin {source.name}" if isinstance(source, Builtin) else str(source.path)


def _divisor(source: Source) -> float:
    match source:
        case Builtin():
            return 1.0
        case Folder():
            return PIXEL
        case _:
            return source.divide_by


def _unreadable(source: Source, error: Exception) -> DataError:
    why = str(error)  # which may quote a row
    return DataError(f"{place(source)}: cannot be read as {source.kind}: {why}", seen=why)


def _portions(source: Source, schema: Schema) -> Iterator[Portion]:
    # Each reader loads its library, half a second of them, which most programs never need.
    match source:
        case Builtin():
            return read_digits(source, schema)
        case Folder():
            from weftwork.learning.data.images import read_folder

            return read_folder(source, schema)
        case Leaf():
            from weftwork.learning.data.leaf import read_leaf

            return read_leaf(source, schema)
        case Idx():
            from weftwork.learning.data.idx import read_idx

            return read_idx(source, schema)
        case Csv() | Parquet() | Windows() | Npz():
            if not source.file.is_file():
                raise DataError(f"{source.file}: no such file")
            return _single(source, schema)


def _single(source: Csv | Parquet | Windows | Npz, schema: Schema) -> Iterator[Portion]:
    match source:
        case Csv() | Parquet():
            from weftwork.learning.data.tables import read_table

            return read_table(source, schema)
        case Windows():
            from weftwork.learning.data.windows import read_windows

            return read_windows(source, schema)
        case Npz():
            from weftwork.learning.data.npz import read_npz

            return read_npz(source, schema)
