"""Read a source into memory and check it against the schema."""

import math

import numpy as np

from weftwork.errors import DataError, EnvironmentFaultError, WeftworkError
from weftwork.learning.data.dataset import Dataset, Origin, checked
from weftwork.learning.data.digits import digits, part_of
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Builtin, Csv, Folder, Npz, Parquet, Source


def load(source: Source, schema: Schema) -> Dataset:
    """The samples of `source`; `DataError` says which row and column is wrong, and why."""
    if isinstance(source, Builtin):
        return _load_digits(source, schema)
    try:
        return _load_files(source, schema)
    except (WeftworkError, MemoryError):
        raise
    except OSError as error:
        if error.errno is None:  # not the system's, but a library's word for bad bytes
            raise _unreadable(source, error) from error
        raise EnvironmentFaultError.of(error, source.path) from error
    except Exception as error:  # a library may raise anything for bytes that it does not like
        raise _unreadable(source, error) from error


def _unreadable(source: Folder | Csv | Parquet | Npz, error: Exception) -> DataError:
    why = str(error)  # which may quote a row
    return DataError(f"{source.path}: cannot be read as {source.kind}: {why}", seen=why)


def _load_files(source: Folder | Csv | Parquet | Npz, schema: Schema) -> Dataset:
    if not isinstance(source, Folder) and not source.path.is_file():
        raise DataError(f"{source.path}: no such file")
    # Each reader loads its library, half a second of them, which most programs never need.
    match source:
        case Folder():
            from weftwork.learning.data.images import load_folder

            return load_folder(source, schema)
        case Csv() | Parquet():
            from weftwork.learning.data.tables import load_table

            return load_table(source, schema)
        case Npz():
            from weftwork.learning.data.npz import load_npz

            return load_npz(source, schema)


def _load_digits(source: Builtin, schema: Schema) -> Dataset:
    """Samples in the file's order, pixels 0..1, in any shape of 64 numbers."""
    if math.prod(schema.features.shape) != 64:
        raise DataError(
            f"builtin digits: a sample is 64 numbers, "
            f"the schema's shape {list(schema.features.shape)} is not"
        )
    x, y = digits()
    chosen = part_of(y, test=source.part == "test")
    if source.classes is not None:
        chosen &= np.isin(y, source.classes)
    shaped = x[chosen].reshape(-1, *schema.features.shape)
    return checked(shaped, y[chosen], schema, Origin("builtin digits"))
