"""The coordinate-wise median (Yin et al. 2018)."""

from functools import partial
from typing import Literal

from weftwork.learning.aggregation.reduction import MakeReduction
from weftwork.learning.aggregation.rules.ordered import Middle
from weftwork.learning.aggregation.rules.rule import Rule
from weftwork.learning.aggregation.vectors import Vectors

__all__ = ["Median"]


class Median(Rule):
    """Of each number the K values in order of size, -0 before +0; weights do not count.

    K odd: 0 + the middle one. K even: ((0 + the lower of the two in the middle) + the upper) / 2.
    The 0 makes +0 of -0. As long as fewer than half lie, each number is within the others' range.
    """

    name: Literal["median"] = "median"

    def reduction(self, vectors: Vectors) -> MakeReduction:
        """One or two are left."""
        updates = len(vectors)
        return partial(Middle, updates, (updates - 1) // 2)
