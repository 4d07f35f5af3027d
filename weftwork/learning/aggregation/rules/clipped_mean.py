"""The mean of changes that are clipped to a norm."""

from collections.abc import Sequence
from functools import partial
from math import sqrt
from typing import Literal

import numpy as np

from weftwork.learning.aggregation.kernels import Floats32
from weftwork.learning.aggregation.mean import BLOCK, added
from weftwork.learning.aggregation.reduction import MakeReduction, Reduction
from weftwork.learning.aggregation.rules.rule import Rule
from weftwork.learning.aggregation.sums import SUM_BLOCK, squared_distance
from weftwork.learning.aggregation.vectors import Kind, Measure, Vectors
from weftwork.learning.options import Positive
from weftwork.learning.strategies.strategy import Floats

__all__ = ["ClippedMean"]


class ClippedMean(Rule):
    """No update's change counts with more than a norm, whatever its direction.

    r_k = the square root of the sum (see `sums`) of (x_k - b)^2, difference and square in float64.
    c is `norm` (the float64 nearest to the decimal) for the trained weights; for them with
    `norm: median`, and for statistics and uploads always, it is the lower median of the round's
    r_k: the one at place (K + 1) // 2 in order of size, from 1; weights do not count in it.
    a_k = n_k where r_k <= c, else n_k (c / r_k). The result is b + (((0 + (x_1 - b) a_1)
    + (x_2 - b) a_2) ... + (x_K - b) a_K) / (n_1 + ... + n_K).
    """

    name: Literal["clipped-mean"] = "clipped-mean"
    norm: Positive | Literal["median"] = "median"

    def reduction(self, vectors: Vectors) -> MakeReduction:
        """One pass measures the changes."""
        norms = [sqrt(one) for one in vectors.totals(len(vectors), _measure)]
        fixed = self.norm != "median" and vectors.part.kind is Kind.TRAINED
        most = float(self.norm) if fixed else sorted(norms)[(len(norms) - 1) // 2]
        weights = [
            float(n) if r <= most else n * (most / r)
            for n, r in zip(vectors.weights, norms, strict=True)
        ]
        return partial(_Clipped, weights, added(vectors.weights))


def _measure() -> Measure:
    room = np.empty(SUM_BLOCK)

    def measure(blocks: Sequence[Floats32], base: Floats32 | None) -> list[float]:
        size = len(blocks[0])
        with np.errstate(all="ignore"):  # what is not finite is found in the totals
            start = None if base is None else base.astype(np.float64)
            return [squared_distance(block, start, room[:size]) for block in blocks]

    return measure


class _Clipped(Reduction):
    """Changes, weighted."""

    def __init__(self, weights: Sequence[float], total: float) -> None:
        self._weights = weights
        self._total = total
        self._change = np.empty(BLOCK)

    def double(
        self, blocks: Sequence[Floats32], out: Floats, base: Floats32 | None = None
    ) -> Floats:
        """From the base."""
        change = self._change[: len(out)]
        out.fill(0)
        for block, weight in zip(blocks, self._weights, strict=True):
            np.copyto(change, block)
            if base is not None:
                change -= base
            change *= weight
            out += change
        out /= self._total
        if base is not None:
            out += base
        return out
