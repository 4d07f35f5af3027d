"""What readers of files hand over: consecutive samples as they were found, and where that was."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.data.schema import Schema

__all__ = [
    "PORTION_BYTES",
    "REAL",
    "Origin",
    "Portion",
    "Spans",
    "in_batches",
    "portion_rows",
    "unlabelled",
]


T = TypeVar("T")


@dataclass(frozen=True)
class Origin:
    """Where samples came from, to name a cell in an error: rows count from 1, as editors do.

    `first` is how many samples of the same source came before. `columns` are the names of a flat
    sample's numbers, `targets` those of what is to be predicted; `labels` is the file of the
    labels, where it is another.
    """

    name: str
    columns: Sequence[str] | None = None
    targets: Sequence[str] | None = None
    first: int = 0
    labels: str | None = None

    def row(self, row: int) -> str:
        """`file: row 3`."""
        return f"{self.name}: row {self.first + row + 1}"

    def label(self, row: int) -> str:
        """Where the label of a row is."""
        return self.row(row) if self.labels is None else replace(self, name=self.labels).row(row)

    def cell(self, row: int, feature: int, shape: Sequence[int]) -> str:
        """`file: row 3, column 'temperature'`, or `file: row 3, feature [2, 5]`."""
        if self.columns is not None:
            return f"{self.row(row)}, column {self.columns[feature]!r}"
        index = [int(i) for i in np.unravel_index(feature, tuple(shape))]
        return f"{self.row(row)}, feature {index}"

    def target(self, row: int, target: int) -> str:
        """`file: row 3, column 'wear'`, or `file: row 3, target 1`."""
        if self.targets is not None:
            return f"{self.row(row)}, column {self.targets[target]!r}"
        return f"{self.row(row)}, target {target}"


@dataclass(frozen=True)
class Spans:
    """Of samples that were cut from rows one after another: which group, first and last row (n,).

    Samples of one group are in the order of their rows.
    """

    group: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    @staticmethod
    def joined(spans: Sequence["Spans"]) -> "Spans":
        """One after the other."""
        return Spans(
            np.concatenate([one.group for one in spans]),
            np.concatenate([one.first for one in spans]),
            np.concatenate([one.last for one in spans]),
        )


@dataclass(frozen=True)
class Portion:
    """Samples x (n, *shape) and labels y (n,) or targets (n, k): any real or whole numbers.

    Neither scaled nor checked yet: `preparation.prepared` does both.
    """

    x: np.ndarray
    y: np.ndarray
    origin: Origin
    spans: Spans | None = None


def unlabelled(samples: int) -> np.ndarray:
    """The labels of a source that has none: nothing in it is known to be an anomaly."""
    return np.zeros(samples, np.int64)


REAL = "fiu"  # NumPy's kinds of real numbers

# What a reader hands over at once, as the model will see it: large enough that NumPy is busy, small
# beside any machine's memory.
PORTION_BYTES = 8 << 20


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Consecutive `items`, `size` at a time; the last may be fewer."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def portion_rows(schema: Schema) -> int:
    """How many samples of `schema` make a portion."""
    size = math.prod(schema.features.shape) * np.dtype(schema.features.dtype).itemsize
    return max(1, PORTION_BYTES // size)
