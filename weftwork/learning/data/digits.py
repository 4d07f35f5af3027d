"""The 1,797 handwritten digits of 8 x 8 pixels (UCI) that ship inside scikit-learn."""

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from weftwork.errors import EnvironmentFaultError

TEST_SHARE = 5  # every fifth sample of a class is in the test part


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
