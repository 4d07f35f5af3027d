"""The file form in which a small data set travels: safetensors with `x` and `y`, ready to use.

What it holds is scaled and normalised already; it is checked again by whoever reads it.
"""

from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from weftwork.errors import DataError
from weftwork.learning.data.dataset import Dataset, checked
from weftwork.learning.data.portions import Origin
from weftwork.learning.data.schema import Schema

__all__ = ["dataset_from_path", "dataset_to_bytes"]


def dataset_to_bytes(dataset: Dataset) -> bytes:
    """The artifact form; equal data give equal bytes."""
    return save({"x": np.ascontiguousarray(dataset.x), "y": np.ascontiguousarray(dataset.y)})


def dataset_from_path(path: Path, schema: Schema) -> Dataset:
    """Read the artifact form; `DataError` if it is not one, or does not fit `schema`."""
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: no data set in safetensors form: {error}") from error
    x, y = tensors.get("x"), tensors.get("y")
    if x is None or y is None or len(tensors) != 2:
        raise DataError(f"{path}: holds {sorted(tensors)}; a data set holds exactly 'x' and 'y'")
    wanted = ("float32", 2, "(n, k)") if schema.targets else ("int64", 1, "(n,)")
    if x.dtype.name != schema.features.dtype or x.ndim < 1 or (y.dtype.name, y.ndim) != wanted[:2]:
        raise DataError(
            f"{path}: x must be {schema.features.dtype} (n, ...) and y {wanted[0]} {wanted[2]}"
        )
    if len(y) == 0:
        raise DataError(f"{path}: holds no sample")
    return checked(x, y, schema, Origin(str(path)))
