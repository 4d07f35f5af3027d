"""Parts of a data set: train and test, the same samples on every machine."""

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.data.portions import Spans
from weftwork.learning.data.sources import Split

__all__ = ["shuffled", "split_rows"]


Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


def split_rows(y: np.ndarray, split: Split, spans: Spans | None = None) -> Rows:
    """The rows of the part, ascending. `y` are the labels (n,), or targets (n, k).

    Of n samples the test part has n * test_fraction, rounded to the nearest, a half up: by sample
    of each class, where there are classes, by order of each group. By group, it has as large a
    share of the groups. No sample of the train part by order shares a row of its group with the
    test part.
    """
    spans = spans or Spans(np.zeros(len(y), np.int64), np.arange(len(y)), np.arange(len(y)))
    match split.by:
        case "sample":
            test = _at_random(y, split)
        case "order":
            test = _tails(spans, split.test_fraction)
        case "group":
            test = _groups(spans, split)
    train = ~test & ~_crossing(spans, test) if split.by == "order" else ~test
    return np.flatnonzero(test if split.part == "test" else train)


def _at_random(y: np.ndarray, split: Split) -> Mask:
    test, order = np.zeros(len(y), np.bool_), shuffled(len(y), split.seed)
    for rows in _alike(y[order]):
        test[order[rows[: _share(len(rows), split.test_fraction)]]] = True
    return test


def _tails(spans: Spans, fraction: float) -> Mask:
    """The last samples of each group."""
    test = np.zeros(len(spans.group), np.bool_)
    for rows in _alike(spans.group):
        test[rows[len(rows) - _share(len(rows), fraction) :]] = True
    return test


def _groups(spans: Spans, split: Split) -> Mask:
    groups = np.unique(spans.group)
    drawn = shuffled(len(groups), split.seed)[: _share(len(groups), split.test_fraction)]
    return np.isin(spans.group, groups[drawn])


def _crossing(spans: Spans, test: Mask) -> Mask:
    """Samples that end in or after the first row of their group's test part."""
    crossing = np.zeros(len(test), np.bool_)
    for rows in _alike(spans.group):
        begin = np.min(spans.first[rows[test[rows]]], initial=np.iinfo(np.int64).max)
        crossing[rows] = spans.last[rows] >= begin
    return crossing


def shuffled(n: int, seed: int) -> Rows:
    """0 to n - 1 in a random order.

    Drawn from the generator's raw bits, which NumPy promises never to change; its own permutations
    may change with its version.
    """
    return np.argsort(np.random.PCG64(seed).random_raw(n), kind="stable")


def _alike(y: np.ndarray) -> list[Rows]:
    """For each class (or group) its rows, ascending; all rows where `y` is no class."""
    if y.ndim > 1:
        return [np.arange(len(y))]
    order = np.argsort(y, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(y[order])) + 1)


def _share(n: int, fraction: float) -> int:
    return int(np.floor(n * fraction + 0.5))
