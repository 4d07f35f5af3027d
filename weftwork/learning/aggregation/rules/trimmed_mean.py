"""The coordinate-wise trimmed mean (Yin et al. 2018)."""

from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from weftwork.learning.aggregation.reduction import MakeReduction
from weftwork.learning.aggregation.rules.ordered import Middle
from weftwork.learning.aggregation.rules.rule import MOST_LIARS, Rule
from weftwork.learning.aggregation.vectors import Vectors

__all__ = ["TrimmedMean"]


class TrimmedMean(Rule):
    """Of each number the K values in order of size, -0 before +0; weights do not count.

    The `trim` smallest and the `trim` largest are left out, and the others m_1 <= m_2 ... m_L added
    up from below: (((0 + m_1) + m_2) ... + m_L) / L. `trim` is a number of updates, not a fraction:
    it is how many liars the rule withstands, and a fraction of a small round would come to none
    without a word. A round of 2 `trim` updates or fewer is refused instead.
    """

    name: Literal["trimmed-mean"] = "trimmed-mean"
    trim: Annotated[int, Field(ge=1, le=MOST_LIARS)]

    @property
    def least(self) -> int:
        """One is left."""
        return 2 * self.trim + 1

    def reduction(self, vectors: Vectors) -> MakeReduction:
        """Needs no look at the numbers before."""
        return partial(Middle, len(vectors), self.trim)
