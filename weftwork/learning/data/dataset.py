"""Samples, checked against a schema: in memory, or mapped from files that are larger than it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from weftwork.errors import DataError
from weftwork.learning.data.labels import class_count
from weftwork.learning.data.portions import Origin
from weftwork.learning.data.schema import Objective, Schema

__all__ = ["Dataset", "FloatArray", "LabelArray", "checked", "flattened"]

FloatArray = NDArray[np.float32]
LabelArray = NDArray[np.int64]


@dataclass(frozen=True)
class Dataset:
    """`x` (n, *shape): float32, all finite, or int64 tokens, 0 to vocabulary - 1.

    `y` by the schema's objective: int64 (n,) classes, 0 to classes - 1; float32 (n, k) targets, all
    finite; or for reconstruction int64 (n,), 0 for normal and 1 for an anomaly. Arrays that are
    mapped from files are read-only; `x[rows]` copies what it gathers.
    """

    x: FloatArray | LabelArray
    y: FloatArray | LabelArray

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.y)


def checked(x: np.ndarray, y: np.ndarray, schema: Schema, origin: Origin) -> Dataset:
    """A data set that keeps every promise of `Dataset`, or a `DataError` naming row and column.

    `x` and `y` have the types that the schema needs already.
    """
    if len(x) != len(y):
        raise DataError(f"{origin.name}: {len(x)} samples but {len(y)} {_wanted(schema)}")
    _check_shapes(x, y, schema, origin)
    if schema.features.vocabulary is not None:
        _check_tokens(x, schema.features.vocabulary, origin)
    else:
        _check_finite(x, origin)
    if schema.targets:
        _check_targets(y, origin)
    else:
        _check_labels(y, class_count(schema), origin)
    # Writable, since torch shares the memory and warns of what it could not protect.
    return Dataset(np.require(x, None, ["C", "W"]), np.require(y, None, ["C", "W"]))


def flattened(x: np.ndarray) -> np.ndarray:
    """(n, *shape) as (n, numbers), also for n = 0."""
    return x.reshape(len(x), math.prod(x.shape[1:]))


def _wanted(schema: Schema) -> str:
    return "targets" if schema.objective is Objective.REGRESSION else "labels"


def _check_shapes(x: np.ndarray, y: np.ndarray, schema: Schema, origin: Origin) -> None:
    shape = schema.features.shape
    if x.shape[1:] != shape:
        raise DataError(
            f"{origin.name}: samples have shape {list(x.shape[1:])}, the schema says {list(shape)}"
        )
    wanted = schema.outputs if schema.targets else ()
    if y.shape[1:] != wanted:
        raise DataError(
            f"{origin.name}: {_wanted(schema)} of a sample have shape {list(y.shape[1:])}, "
            f"the schema needs {list(wanted)}"
        )


def _check_finite(x: np.ndarray, origin: Origin) -> None:
    flat = flattened(x)
    bad = np.argwhere(~np.isfinite(flat))
    if len(bad):
        row, feature = (int(i) for i in bad[0])
        where = origin.cell(row, feature, x.shape[1:])
        raise DataError(f"{where}: {flat[row, feature]} is no finite number{_more(len(bad))}")


def _check_tokens(x: np.ndarray, vocabulary: int, origin: Origin) -> None:
    flat = flattened(x)
    bad = np.argwhere((flat < 0) | (flat >= vocabulary))
    if len(bad):
        row, feature = (int(i) for i in bad[0])
        where = origin.cell(row, feature, x.shape[1:])
        token = f"token {flat[row, feature]}"
        raise DataError(
            f"{where}: {token} is not in 0..{vocabulary - 1}{_more(len(bad))}", seen=token
        )


def _check_targets(y: np.ndarray, origin: Origin) -> None:
    bad = np.argwhere(~np.isfinite(y))
    if len(bad):
        row, target = (int(i) for i in bad[0])
        where = origin.target(row, target)
        raise DataError(f"{where}: {y[row, target]} is no finite number{_more(len(bad))}")


def _check_labels(y: np.ndarray, classes: int, origin: Origin) -> None:
    bad = np.flatnonzero((y < 0) | (y >= classes))
    if len(bad):
        row = int(bad[0])
        label = f"label {y[row]}"
        raise DataError(
            f"{origin.label(row)}: {label} is not in 0..{classes - 1}{_more(len(bad))}", seen=label
        )


def _more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""
