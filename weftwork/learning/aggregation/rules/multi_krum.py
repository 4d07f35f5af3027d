"""Multi-Krum: the mean of the updates with the closest neighbours (Blanchard et al. 2017)."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from weftwork.learning.aggregation.kernels import Floats32
from weftwork.learning.aggregation.mean import Mean, added
from weftwork.learning.aggregation.reduction import MakeReduction, Reduction
from weftwork.learning.aggregation.rules.rule import MOST_LIARS, Rule
from weftwork.learning.aggregation.sums import SUM_BLOCK, squared_distance
from weftwork.learning.aggregation.vectors import Measure, Vectors
from weftwork.learning.strategies.strategy import Floats

__all__ = ["MultiKrum", "squared_distances"]


class MultiKrum(Rule):
    """Updates far from their neighbours are left out; the mean of the others, unweighted.

    The squared distance of x_i and x_j, i < j, is the sum (see `sums`) of (x_i - x_j)^2, difference
    and square in float64. An update's score is the sum of its K - `byzantine` - 2 smallest to
    others, added to zero from the smallest up. Taken are the `keep` updates with the smallest
    scores, of equal ones those that come first; K - `byzantine` - 2 where `keep` is not given, the
    most that theory allows. The result is (((0 + x_a) + x_b) ...) / `keep` of those taken, in the
    order of the updates. K must be at least 2 `byzantine` + 3 and `keep` + `byzantine` + 2.
    """

    name: Literal["multi-krum"] = "multi-krum"
    byzantine: Annotated[int, Field(ge=1, le=MOST_LIARS - 1)]
    keep: Annotated[int, Field(ge=1, le=256)] | None = None

    @property
    def least(self) -> int:
        """What both numbers need."""
        return max(2 * self.byzantine + 3, (self.keep or 1) + self.byzantine + 2)

    def reduction(self, vectors: Vectors) -> MakeReduction:
        """One pass measures the distances of all pairs."""
        count = len(vectors)
        neighbours = count - self.byzantine - 2
        chosen = _closest(squared_distances(vectors), count, neighbours)
        return partial(_Chosen, sorted(chosen[: self.keep or neighbours]), fast=vectors.fast)


def squared_distances(vectors: Vectors) -> dict[tuple[int, int], float]:
    """Of all pairs of updates (i, j), i < j, counted from 0; one pass over the files."""
    pairs = list(combinations(range(len(vectors)), 2))
    squares = vectors.totals(len(pairs), partial(_measure, pairs))
    return dict(zip(pairs, squares, strict=True))


def _measure(pairs: Sequence[tuple[int, int]]) -> Measure:
    room = np.empty(SUM_BLOCK)

    def measure(blocks: Sequence[Floats32], _: Floats32 | None) -> list[float]:
        with np.errstate(all="ignore"):  # what is not finite is found in the totals
            own = room[: len(blocks[0])]
            return [squared_distance(blocks[i], blocks[j], own) for i, j in pairs]

    return measure


def _closest(squares: Mapping[tuple[int, int], float], count: int, neighbours: int) -> list[int]:
    """All updates' places, by score; sorting keeps those of equal score in order."""

    def score(i: int) -> float:
        others = sorted(squares[min(i, j), max(i, j)] for j in range(count) if j != i)
        return added(others[:neighbours])

    return sorted(range(count), key=score)


class _Chosen(Reduction):
    """The unweighted mean of some updates."""

    def __init__(self, chosen: Sequence[int], *, fast: bool) -> None:
        self._chosen = chosen
        self._mean = Mean([1] * len(chosen), fast=fast)

    def double(
        self, blocks: Sequence[Floats32], out: Floats, base: Floats32 | None = None
    ) -> Floats:
        """Of those at their places."""
        return self._mean.double([blocks[i] for i in self._chosen], out)
