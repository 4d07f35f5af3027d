"""NumPy archives. Object arrays would need pickle, which runs code: they are refused."""

from pathlib import Path

import numpy as np

from weftwork.errors import DataError
from weftwork.learning.data.dataset import Dataset, Origin, as_float32, checked
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Npz


def load_npz(source: Npz, schema: Schema) -> Dataset:
    """Arrays `x`, real or integer (n, *shape), and `y`, integer (n,); `DataError` otherwise."""
    path = source.path
    x, y = _array(path, "x"), _array(path, "y")
    if x.dtype.kind not in "fiu" or x.ndim < 1:
        raise DataError(f"{path}: x is {x.dtype} {list(x.shape)}; numbers (n, ...) are needed")
    if y.dtype.kind not in "iu" or y.ndim != 1:
        raise DataError(f"{path}: y is {y.dtype} {list(y.shape)}; integers (n,) are needed")
    return checked(as_float32(x / source.divide_by), y.astype(np.int64), schema, Origin(str(path)))


def _array(path: Path, key: str) -> np.ndarray:
    with path.open("rb") as file:
        archive = np.load(file, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise DataError(f"{path}: is a single array; an archive with x and y is needed")
        if key not in archive:
            raise DataError(f"{path}: has no array {key!r}; it has {archive.files}")
        array: np.ndarray = archive[key]
        return array
