"""IDX, MNIST's format: two zero bytes, a type, the number of dimensions, sizes, then the numbers.

Everything is big-endian; see http://yann.lecun.com/exdb/mnist.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from weftwork.errors import DataError
from weftwork.learning.data.compressed import opened
from weftwork.learning.data.portions import PORTION_BYTES, Origin, Portion, unlabelled
from weftwork.learning.data.schema import Objective, Schema
from weftwork.learning.data.sources import Idx

__all__ = ["read_idx"]

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(source: Idx, schema: Schema) -> Iterator[Portion]:
    """Samples in the files' order; (n, h, w) may be read as [h, w], [1, h, w] or [h w]."""
    path = source.path
    with _array(path) as images:
        shape = _shape(images.shape[1:], schema, path)
        y = _labels(source, images.shape[0], schema)
        first, labels = 0, str(source.labels) if source.labels else None
        for x in images.portions():
            origin = Origin(str(path), first=first, labels=labels)
            yield Portion(x.reshape(-1, *shape), y[first : first + len(x)], origin)
            first += len(x)


def _shape(stored: tuple[int, ...], schema: Schema, path: Path) -> tuple[int, ...]:
    wanted = schema.features.shape
    if wanted not in {stored, (1, *stored), (math.prod(stored),)}:
        raise DataError(
            f"{path}: samples have shape {list(stored)}, the schema says {list(wanted)}"
        )
    return wanted


def _labels(source: Idx, samples: int, schema: Schema) -> np.ndarray:
    if source.labels is None:
        if schema.objective is not Objective.RECONSTRUCTION:
            raise DataError(f"{source.path}: name the file of the labels by the option labels")
        return unlabelled(samples)
    with _array(source.labels) as labels:
        if labels.shape[0] != samples:
            raise DataError(
                f"{source.labels}: {labels.shape[0]} labels,"
                f" but {source.path} has {samples} samples"
            )
        return np.concatenate([*labels.portions(), np.empty((0, *labels.shape[1:]), labels.dtype)])


@dataclass(frozen=True)
class _Array:
    """An array that is read from its beginning to its end."""

    path: Path
    file: BinaryIO
    shape: tuple[int, ...]
    dtype: np.dtype

    def portions(self) -> Iterator[np.ndarray]:
        """Consecutive samples; `DataError` if the file ends too early, or goes on."""
        size = math.prod(self.shape[1:]) * self.dtype.itemsize
        rows = max(1, PORTION_BYTES // max(1, size))
        for start in range(0, self.shape[0], rows):
            count = min(rows, self.shape[0] - start)
            data = self.file.read(count * size)
            if len(data) < count * size:
                held = start + len(data) // max(1, size)
                raise DataError(f"{self.path}: ends after {held} of its {self.shape[0]} samples")
            yield np.frombuffer(data, self.dtype).reshape(count, *self.shape[1:])
        if self.file.read(1):
            raise DataError(f"{self.path}: goes on after its {self.shape[0]} samples")


@contextmanager
def _array(path: Path) -> Iterator[_Array]:
    with opened(path) as file:
        head = file.read(4)
        if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or not head[3]:
            raise DataError(f"{path}: is no IDX file: it begins with {head.hex(' ')}")
        sizes = file.read(4 * head[3])
        if len(sizes) < 4 * head[3]:
            raise DataError(f"{path}: is no IDX file: its header ends too early")
        shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
        yield _Array(path, file, shape, np.dtype(TYPES[head[2]]))
