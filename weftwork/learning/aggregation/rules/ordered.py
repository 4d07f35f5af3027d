"""The mean of the middle of the numbers, place by place."""

from collections.abc import Sequence

import numpy as np

from weftwork.learning.aggregation.kernels import Floats32
from weftwork.learning.aggregation.order import Ordered
from weftwork.learning.aggregation.reduction import Reduction
from weftwork.learning.strategies.strategy import Floats

__all__ = ["Middle"]


class Middle(Reduction):
    """Leaves out the `cut` smallest and the `cut` largest of so many numbers; adds up from below.

    With one or two left, this is the median.
    """

    def __init__(self, updates: int, cut: int) -> None:
        self._left = updates - 2 * cut
        self._ordered = Ordered(updates, range(cut, updates - cut))

    def double(
        self, blocks: Sequence[Floats32], out: Floats, base: Floats32 | None = None
    ) -> Floats:
        """((0 + the smallest left) + the next ...) / how many are left."""
        step = self._ordered.step
        for begin in range(0, len(out), step):
            end = begin + step
            sums = out[begin:end]
            sums.fill(0)
            for numbers in self._ordered.places([block[begin:end] for block in blocks]):
                np.add(sums, numbers, out=sums)
            sums /= self._left
        return out
