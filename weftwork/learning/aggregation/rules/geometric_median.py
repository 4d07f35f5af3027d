"""The geometric median by smoothed Weiszfeld steps (Pillutla et al. 2022, "RFA")."""

from collections.abc import Sequence
from functools import partial
from math import sqrt
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from weftwork.learning.aggregation.kernels import Floats32
from weftwork.learning.aggregation.mean import Mean
from weftwork.learning.aggregation.reduction import MakeReduction
from weftwork.learning.aggregation.rules.ordered import Middle
from weftwork.learning.aggregation.rules.rule import Rule
from weftwork.learning.aggregation.sums import SUM_BLOCK, squared_distance
from weftwork.learning.aggregation.vectors import Measure, Vectors
from weftwork.learning.options import Decimal, Positive

__all__ = ["GeometricMedian"]


class GeometricMedian(Rule):
    """The point with the least sum of weighted distances to the updates, nearly.

    z is the coordinate-wise median at first (as the rule `median` has it, in float64 and not
    rounded to float32): a mean would be where one wild update wants it. Then `iterations` times,
    never fewer or more, r_k = the square root of the sum (see `sums`) of (x_k - z)^2, difference
    and square in float64; a_k = n_k / r_k, where `smoothing` takes the place of a smaller r_k; and
    z = (((0 + x_1 a_1) + x_2 a_2) ... + x_K a_K) / (((0 + a_1) + a_2) ... + a_K), not rounded to
    float32. The last z is the result. `smoothing` is the float64 nearest to the decimal.

    It withstands less than half of the updates that have less than half of the weight.
    """

    name: Literal["geometric-median"] = "geometric-median"
    iterations: Annotated[int, Field(ge=1, le=100)] = 8
    smoothing: Annotated[Positive, Field(ge=Decimal("1e-12"))] = Decimal("0.000001")

    def reduction(self, vectors: Vectors) -> MakeReduction:
        """One pass for each iteration; between them only the a_k are kept."""
        count, least = len(vectors), float(self.smoothing)
        make: MakeReduction = partial(Middle, count, (count - 1) // 2)
        for _ in range(self.iterations):
            squares = vectors.totals(count, partial(_measure, make))
            radii = [max(sqrt(one), least) for one in squares]
            pulls = [n / r for n, r in zip(vectors.weights, radii, strict=True)]
            make = partial(Mean, pulls, fast=vectors.fast)
        return make


def _measure(make: MakeReduction) -> Measure:
    middle, point, room = make(), np.empty(SUM_BLOCK), np.empty(SUM_BLOCK)

    def measure(blocks: Sequence[Floats32], _: Floats32 | None) -> list[float]:
        size = len(blocks[0])
        with np.errstate(all="ignore"):  # what is not finite is found in the totals
            z = middle.double(blocks, point[:size])
            return [squared_distance(block, z, room[:size]) for block in blocks]

    return measure
