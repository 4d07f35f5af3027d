"""The 1,797 handwritten digits of 8 x 8 pixels (UCI) that ship inside scikit-learn."""

import importlib.util
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from weftwork.errors import DataError, EnvironmentFaultError
from weftwork.learning.data.portions import Origin, Portion
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Builtin

__all__ = ["digits", "part_of", "read_digits"]

TEST_SHARE = 5  # every fifth sample of a class is in the test part


def read_digits(source: Builtin, schema: Schema) -> Iterator[Portion]:
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
    yield Portion(shaped, y[chosen], Origin("builtin digits"))


@cache
def digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Pixels scaled to 0..1, (1797, 64), and the digit drawn, (1797,), in the file's order."""
    table = np.loadtxt(_file(), delimiter=",", dtype=np.float32)
    x = table[:, :64] / np.float32(16)
    y = table[:, 64].astype(np.int64)
    x.flags.writeable = y.flags.writeable = False  # they are shared
    return x, y


def _file() -> Path:
    # Importing scikit-learn to read one file takes seconds, so only its folder is looked up.
    package = importlib.util.find_spec("sklearn")
    for folder in (package.submodule_search_locations or ()) if package else ():
        path = Path(folder, "datasets", "data", "digits.csv.gz")
        if path.is_file():
            return path
    raise EnvironmentFaultError("the built-in digits ship inside scikit-learn: install it")


def part_of(y: NDArray[np.int64], *, test: bool) -> NDArray[np.bool_]:
    """Which samples are in the test (or train) part: of each class every fifth, or the others."""
    rank = np.zeros(len(y), np.int64)  # how many of the same class came before
    for label in np.unique(y):
        rank[y == label] = np.arange(np.count_nonzero(y == label))
    chosen: NDArray[np.bool_] = (rank % TEST_SHARE == TEST_SHARE - 1) == test
    return chosen
