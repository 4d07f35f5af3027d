"""The weighted mean of float32 blocks in float64: the formula at the top of the package."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.strategies.strategy import Floats

__all__ = ["BLOCK", "Mean", "worth_compiling"]

BLOCK = 128 * 1024  # numbers; what is summed up stays in the cache
# From so many numbers on, the two seconds that compiling takes a process are soon saved.
COMPILE_FROM = 1 << 29

Floats32 = NDArray[np.float32]
# sums += weight * block + other_weight * other, in this order
AddTwo = Callable[[Floats, Floats32, Floats32, float, float], None]


class Mean:
    """Means of blocks of at most BLOCK numbers, with these weights. Not for two threads at once."""

    def __init__(self, weights: Sequence[int], *, compiled: bool) -> None:
        self._weights = [float(weight) for weight in weights]
        self._total = float(sum(weights))  # below 2^53: exact
        self._product = np.empty(BLOCK)
        self._add_two = (_compiled() if compiled else None) or self._add_each

    def __call__(self, blocks: Sequence[Floats32], mean: Floats) -> Floats:
        """The mean of arrays (numbers,), one for each weight; it is written to `mean`."""
        mean.fill(0)
        pairs = list(zip(blocks, self._weights, strict=True))
        if len(pairs) % 2:
            pairs.append((blocks[-1], 0.0))  # adds a zero, which changes no sum
        for (block, weight), (other, other_weight) in zip(pairs[::2], pairs[1::2], strict=True):
            self._add_two(mean, block, other, weight, other_weight)
        mean /= self._total
        return mean

    def _add_each(
        self, sums: Floats, block: Floats32, other: Floats32, weight: float, other_weight: float
    ) -> None:
        product = self._product[: len(sums)]
        for one, its_weight in ((block, weight), (other, other_weight)):
            if its_weight:
                np.copyto(product, one)
                product *= its_weight
                sums += product


def worth_compiling(numbers: int) -> bool:
    """Whether sums over so many numbers are to be compiled."""
    return numbers >= COMPILE_FROM


@cache
def _compiled() -> AddTwo | None:
    """The same sums in one pass over memory instead of six; None without a numba that works here.

    numba keeps to IEEE 754 as numpy does: it neither reorders nor leaves out a rounding.
    """
    try:
        import numba
    except ImportError:
        return None
    block = numba.types.Array(numba.float32, 1, "C", readonly=True)
    signature = numba.void(numba.float64[::1], block, block, numba.float64, numba.float64)
    compiled: AddTwo = numba.njit(signature, nogil=True)(_add_two)
    return compiled


def _add_two(
    sums: Floats, block: Floats32, other: Floats32, weight: float, other_weight: float
) -> None:
    for i in range(len(sums)):
        sums[i] = (sums[i] + np.float64(block[i]) * weight) + np.float64(other[i]) * other_weight
