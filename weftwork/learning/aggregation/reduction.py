"""One block of an aggregate from the same block of all updates: what a rule comes down to."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from weftwork.learning.aggregation.kernels import Floats32
from weftwork.learning.strategies.strategy import Floats

__all__ = ["MakeReduction", "Reduction"]


class Reduction(ABC):
    """Works on blocks of at most BLOCK numbers, each by itself. Not for two threads at once."""

    @abstractmethod
    def double(
        self, blocks: Sequence[Floats32], out: Floats, base: Floats32 | None = None
    ) -> Floats:
        """What becomes of arrays (numbers,), one for each update, in float64, in `out`.

        `base` has the numbers that the updates started from; None is zeros.
        """

    def single(
        self,
        blocks: Sequence[Floats32],
        sums: Floats,
        out: Floats32,
        base: Floats32 | None = None,
    ) -> Floats32:
        """The same, rounded to float32, in `out`; `sums` is room to work in."""
        np.copyto(out, self.double(blocks, sums, base), casting="same_kind")
        return out


# Makes one for each thread.
MakeReduction = Callable[[], Reduction]
