"""Samples in memory, checked against a schema; and the file form of a small validation set."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from weftwork.errors import DataError
from weftwork.learning.data.schema import Schema

FloatArray = NDArray[np.float32]
LabelArray = NDArray[np.int64]


@dataclass(frozen=True)
class Dataset:
    """`x` float32 (n, *shape) and `y` int64 (n,), all finite, labels in 0 .. classes - 1."""

    x: FloatArray
    y: LabelArray

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.y)


@dataclass(frozen=True)
class Origin:
    """Where samples came from, to name a cell in an error: rows count from 1, as editors do."""

    name: str
    columns: Sequence[str] | None = None

    def cell(self, row: int, feature: int, shape: Sequence[int]) -> str:
        """`file: row 3, column 'temperature'`, or `file: row 3, feature [2, 5]`."""
        if self.columns is not None:
            return f"{self.name}: row {row + 1}, column {self.columns[feature]!r}"
        index = [int(i) for i in np.unravel_index(feature, tuple(shape))]
        return f"{self.name}: row {row + 1}, feature {index}"


def checked(x: FloatArray, y: LabelArray, schema: Schema, origin: Origin) -> Dataset:
    """A data set that keeps every promise of `Dataset`, or a `DataError` naming row and column."""
    shape = schema.features.shape
    if len(x) != len(y):
        raise DataError(f"{origin.name}: {len(x)} samples but {len(y)} labels")
    if len(y) == 0:
        raise DataError(f"{origin.name}: holds no sample")
    if x.shape[1:] != shape:
        raise DataError(
            f"{origin.name}: samples have shape {list(x.shape[1:])}, the schema says {list(shape)}"
        )
    _check_finite(x, origin)
    _check_labels(y, schema.labels.classes, origin)
    # Writable, since torch shares the memory and warns of what it could not protect.
    return Dataset(np.require(x, np.float32, ["C", "W"]), np.require(y, np.int64, ["C", "W"]))


def as_float32(numbers: NDArray[np.floating]) -> FloatArray:
    """What is too large for float32 becomes an infinity, which `checked` refuses by its place."""
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32)


def _check_finite(x: FloatArray, origin: Origin) -> None:
    flat = x.reshape(len(x), -1)
    bad = np.argwhere(~np.isfinite(flat))
    if len(bad):
        row, feature = (int(i) for i in bad[0])
        where = origin.cell(row, feature, x.shape[1:])
        raise DataError(f"{where}: {flat[row, feature]} is no finite number{_more(len(bad))}")


def _check_labels(y: LabelArray, classes: int, origin: Origin) -> None:
    bad = np.flatnonzero((y < 0) | (y >= classes))
    if len(bad):
        row = int(bad[0])
        label = f"label {y[row]}"
        raise DataError(
            f"{origin.name}: row {row + 1}: {label} is not in 0..{classes - 1}{_more(len(bad))}",
            seen=label,
        )


def _more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""


def dataset_to_bytes(dataset: Dataset) -> bytes:
    """The artifact form: safetensors with `x` and `y`; equal data give equal bytes."""
    return save({"x": dataset.x, "y": dataset.y})


def dataset_from_path(path: Path, schema: Schema) -> Dataset:
    """Read the artifact form; `DataError` if it is not one, or does not fit `schema`."""
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: no data set in safetensors form: {error}") from error
    x, y = tensors.get("x"), tensors.get("y")
    if x is None or y is None or len(tensors) != 2:
        raise DataError(f"{path}: holds {sorted(tensors)}; a data set holds exactly 'x' and 'y'")
    if x.dtype != np.float32 or y.dtype != np.int64 or y.ndim != 1 or x.ndim < 1:
        raise DataError(f"{path}: x must be float32 (n, ...) and y int64 (n,)")
    return checked(x, y, schema, Origin(str(path)))
