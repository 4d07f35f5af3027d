"""Read a source and check it against the schema."""

from collections.abc import Iterator

import numpy as np

from weftwork.errors import DataError, EnvironmentFaultError, WeftworkError
from weftwork.learning.data.dataset import Dataset
from weftwork.learning.data.digits import read_digits
from weftwork.learning.data.portions import Portion
from weftwork.learning.data.preparation import prepared
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Builtin, Csv, Folder, Npz, Parquet, Source

__all__ = ["load"]


def load(source: Source, schema: Schema) -> Dataset:
    """The samples of `source`; `DataError` says which row and column is wrong, and why."""
    parts = list(_prepared(source, schema))
    if not sum(map(len, parts)):
        raise DataError(f"{_place(source)}: holds no sample")
    if len(parts) == 1:
        return parts[0]
    return Dataset(np.concatenate([p.x for p in parts]), np.concatenate([p.y for p in parts]))


def _prepared(source: Source, schema: Schema) -> Iterator[Dataset]:
    """Consecutive samples, checked; what goes wrong in reading is an error of ours."""
    try:
        for portion in _portions(source, schema):
            yield prepared(portion, schema, _divisor(source))
    except (WeftworkError, MemoryError):
        raise
    except OSError as error:
        if error.errno is None:  # not the system's, but a library's word for bad bytes
            raise _unreadable(source, error) from error
        raise EnvironmentFaultError.of(error, _place(source)) from error
    except Exception as error:  # a library may raise anything for bytes that it does not like
        raise _unreadable(source, error) from error


def _divisor(source: Source) -> float:
    match source:
        case Builtin():
            return 1.0
        case Folder():
            return 255.0
        case _:
            return source.divide_by


def _place(source: Source) -> str:
    return f"builtin {source.name}" if isinstance(source, Builtin) else str(source.path)


def _unreadable(source: Source, error: Exception) -> DataError:
    why = str(error)  # which may quote a row
    return DataError(f"{_place(source)}: cannot be read as {source.kind}: {why}", seen=why)


def _portions(source: Source, schema: Schema) -> Iterator[Portion]:
    if isinstance(source, Builtin):
        return read_digits(source, schema)
    if not isinstance(source, Folder) and not source.path.is_file():
        raise DataError(f"{source.path}: no such file")
    # Each reader loads its library, half a second of them, which most programs never need.
    match source:
        case Folder():
            from weftwork.learning.data.images import read_folder

            return read_folder(source, schema)
        case Csv() | Parquet():
            from weftwork.learning.data.tables import read_table

            return read_table(source, schema)
        case Npz():
            from weftwork.learning.data.npz import read_npz

            return read_npz(source, schema)
