"""NumPy archives. Object arrays would need pickle, which runs code: they are refused."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np

from weftwork.errors import DataError
from weftwork.learning.data.portions import PORTION_BYTES, REAL, Origin, Portion, unlabelled
from weftwork.learning.data.schema import Objective, Schema
from weftwork.learning.data.sources import Npz

__all__ = ["read_npz"]


def read_npz(source: Npz, schema: Schema) -> Iterator[Portion]:
    """Arrays `x` (n, *shape) and `y`, (n,) or (n, k); for reconstruction `y` may be left out."""
    path = source.file
    with path.open("rb") as file:
        archive = np.load(file, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise DataError(f"{path}: is a single array; an archive with x and y is needed")
        optional = schema.objective is Objective.RECONSTRUCTION and "y" not in archive.files
        for key in ("x",) if optional else ("x", "y"):
            if key not in archive.files:
                raise DataError(f"{path}: has no array {key!r}; it has {archive.files}")
        with archive.zip.open("x.npy") as stored:
            samples = _Member.open(stored, f"{path}: x")
            count = samples.shape[0]
            y = unlabelled(count) if optional else _all(archive["y"], count, f"{path}: ")
            for first, x in samples.portions():
                origin = Origin(str(path), first=first)
                yield Portion(x, y[first : first + len(x)], origin)


def _all(y: np.ndarray, count: int, where: str) -> np.ndarray:
    if y.ndim < 1 or y.dtype.kind not in REAL:
        raise DataError(f"{where}y is {y.dtype} {list(y.shape)}; numbers, one a sample, are needed")
    if len(y) != count:
        raise DataError(f"{where}{count} samples but {len(y)} labels")
    return y


@dataclass(frozen=True)
class _Member:
    """An array inside the archive, read from its beginning to its end."""

    file: IO[bytes]
    what: str
    shape: tuple[int, ...]
    dtype: np.dtype
    fortran: bool

    @classmethod
    def open(cls, file: IO[bytes], what: str) -> "_Member":
        version = np.lib.format.read_magic(file)  # type: ignore[no-untyped-call] # it has none
        header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if header is None:
            raise DataError(f"{what} is of version {version} of NumPy's format; numbers are needed")
        shape, fortran, dtype = header(file)  # type: ignore[no-untyped-call] # it has none
        if dtype.kind not in REAL or not shape:
            raise DataError(f"{what} is {dtype} {list(shape)}; numbers (n, ...) are needed")
        return cls(file, what, shape, dtype, fortran)

    def portions(self) -> Iterator[tuple[int, np.ndarray]]:
        """Consecutive samples; an array in Fortran's order, where samples lie scattered, whole."""
        size = math.prod(self.shape[1:]) * self.dtype.itemsize
        if self.fortran:
            yield 0, self._read(math.prod(self.shape)).reshape(self.shape, order="F")
            return
        rows = max(1, PORTION_BYTES // max(1, size))
        for start in range(0, self.shape[0], rows):
            count = min(rows, self.shape[0] - start)
            yield (
                start,
                self._read(count * math.prod(self.shape[1:])).reshape(count, *self.shape[1:]),
            )

    def _read(self, count: int) -> np.ndarray:
        data = self.file.read(count * self.dtype.itemsize)
        if len(data) < count * self.dtype.itemsize:
            raise DataError(f"{self.what}: ends before its {self.shape[0]} samples")
        return np.frombuffer(data, self.dtype)
