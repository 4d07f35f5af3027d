"""The one place where what a source holds becomes what a model sees: scaled, normalised, checked.

`(x / divide_by - subtract) / divide` is taken in float64 and rounded once, to float32.
"""

import numpy as np
from numpy.typing import NDArray

from weftwork.errors import DataError
from weftwork.learning.data.dataset import Dataset, FloatArray, LabelArray, checked, flattened
from weftwork.learning.data.portions import REAL, Origin, Portion
from weftwork.learning.data.schema import Normalisation, Schema

__all__ = ["prepared"]

WHOLE = "iu"  # of NumPy's kinds of numbers


def prepared(portion: Portion, schema: Schema, divide_by: float = 1.0) -> Dataset:
    """The samples of `portion` as the schema says; `DataError` names the first row that is wrong.

    A portion without samples gives an empty data set.
    """
    name = portion.origin.name
    x: FloatArray | LabelArray
    if schema.features.dtype == "int64":
        if divide_by != 1:
            raise DataError(f"{name}: divide_by: tokens are not divided; remove it")
        x = _tokens(portion.x, portion.origin)
    else:
        _refuse(portion.x, REAL, f"{name}: x", "numbers")
        x = _scaled(portion.x, divide_by, schema.features.normalise)
    return checked(x, _wanted(portion, schema), schema, portion.origin)


def _wanted(portion: Portion, schema: Schema) -> np.ndarray:
    y, name = portion.y, portion.origin.name
    if schema.targets is None:
        _refuse(y, WHOLE, f"{name}: y", "whole numbers (n,)")
        return _whole(y)
    _refuse(y, REAL, f"{name}: y", "numbers (n, k)")
    columns = y.reshape(-1, 1) if y.ndim == 1 else y
    return _scaled(columns, 1.0, schema.targets.normalise)


def _refuse(numbers: np.ndarray, kinds: str, what: str, needed: str) -> None:
    if numbers.dtype.kind not in kinds or numbers.ndim < 1:
        held = f"{numbers.dtype} {list(numbers.shape)}"
        raise DataError(f"{what} is {held}; {needed} are needed")


def _scaled(numbers: np.ndarray, divide_by: float, normalise: Normalisation | None) -> FloatArray:
    """What is too large for float32 becomes an infinity, which `checked` refuses by its place."""
    with np.errstate(over="ignore", invalid="ignore"):
        if divide_by != 1:
            numbers = np.divide(numbers, divide_by, dtype=np.float64)
        if normalise:
            numbers = numbers - _constants(normalise.subtract, numbers.ndim)
            numbers /= _constants(normalise.divide, numbers.ndim)
        return numbers.astype(np.float32, copy=False)


def _constants(given: tuple[object, ...], dimensions: int) -> NDArray[np.float64]:
    """(1, first, 1, ...), to be broadcast over (n, first, ...)."""
    values = np.array([float(str(one)) for one in given], np.float64)
    return values.reshape(1, -1, *[1] * (dimensions - 2))


def _tokens(x: np.ndarray, origin: Origin) -> LabelArray:
    _refuse(x, REAL, f"{origin.name}: x", "whole numbers")
    if x.dtype.kind == "f":
        flat = flattened(x).astype(np.float64)
        bad = np.argwhere(~(np.trunc(flat) == flat) | (np.abs(flat) > 2**53))
        if len(bad):
            row, feature = (int(i) for i in bad[0])
            token = repr(float(flat[row, feature]))
            where = origin.cell(row, feature, x.shape[1:])
            raise DataError(f"{where}: {token} is no token, 0 or another whole number", seen=token)
    return _whole(x)


def _whole(numbers: np.ndarray) -> LabelArray:
    """int64; what is too large for it becomes -1, which no label and no token is."""
    if numbers.dtype == np.uint64:
        return np.where(numbers >> 63, -1, numbers.astype(np.int64))
    return numbers.astype(np.int64, copy=False)
