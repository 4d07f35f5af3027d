"""Parts of a data set: train and test, the same samples on every machine."""

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.data.sources import Split

__all__ = ["shuffled", "split_rows"]


def split_rows(y: np.ndarray, split: Split) -> NDArray[np.int64]:
    """The rows of the part, ascending. `y` are the labels (n,), or targets (n, k).

    Of the n samples (of each class, where there are classes and the split is by sample) the test
    part has n * test_fraction, rounded to the nearest, a half up.
    """
    test = np.zeros(len(y), np.bool_)
    if split.by == "order":
        test[len(y) - _share(len(y), split.test_fraction) :] = True
    else:
        order = shuffled(len(y), split.seed)
        for rows in _classes(y[order]):
            test[order[rows[: _share(len(rows), split.test_fraction)]]] = True
    return np.flatnonzero(test == (split.part == "test"))


def shuffled(n: int, seed: int) -> NDArray[np.int64]:
    """0 to n - 1 in a random order.

    Drawn from the generator's raw bits, which NumPy promises never to change; its own permutations
    may change with its version.
    """
    return np.argsort(np.random.PCG64(seed).random_raw(n), kind="stable")


def _classes(y: np.ndarray) -> list[NDArray[np.int64]]:
    """For each class its rows, ascending; all rows where `y` is no class."""
    if y.ndim > 1:
        return [np.arange(len(y))]
    order = np.argsort(y, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(y[order])) + 1)


def _share(n: int, fraction: float) -> int:
    return int(np.floor(n * fraction + 0.5))
