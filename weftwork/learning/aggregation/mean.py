"""The weighted mean of blocks: the formula at the top of the package."""

from collections.abc import Iterator, Sequence

from weftwork.learning.aggregation.kernels import Floats32, Kernels, NumpyKernels, compiled
from weftwork.learning.aggregation.reduction import Reduction
from weftwork.learning.strategies.strategy import Floats

__all__ = ["BLOCK", "Mean", "added", "worth_compiling"]

BLOCK = 128 * 1024  # numbers; what is summed up stays in the cache
# From so many numbers on, the time that compiling takes a process is soon saved.
COMPILE_FROM = 1 << 29

Pair = tuple[Floats32, Floats32, float, float]


class Mean(Reduction):
    """Means with these weights. Those that are no integers below 2^29 round in each product, too.

    The total adds up the weights in their order, from zero.
    """

    def __init__(self, weights: Sequence[float], *, fast: bool) -> None:
        self._weights = [float(weight) for weight in weights]
        self._total = added(self._weights)
        self._kernels: Kernels = (compiled() if fast else None) or NumpyKernels(BLOCK)

    def double(
        self, blocks: Sequence[Floats32], out: Floats, base: Floats32 | None = None
    ) -> Floats:
        """The mean of arrays (numbers,), one for each weight, in float64, in `out`."""
        first, *others = self._pairs(blocks)
        self._kernels.begin(out, *first)
        for pair in others:
            self._kernels.add(out, *pair)
        out /= self._total
        return out

    def single(
        self,
        blocks: Sequence[Floats32],
        sums: Floats,
        out: Floats32,
        base: Floats32 | None = None,
    ) -> Floats32:
        """The same mean, rounded to float32, in `out`; `sums` is room to work in."""
        first, *others, last = self._pairs(blocks)
        self._kernels.begin(sums, *first)
        for pair in others:
            self._kernels.add(sums, *pair)
        self._kernels.finish(sums, *last, self._total, out)
        return out

    def _pairs(self, blocks: Sequence[Floats32]) -> Iterator[Pair]:
        """At least two; what is missing weighs nothing, and adds a zero that changes no sum."""
        missing = max(4 - len(blocks), len(blocks) % 2)
        filled = [*blocks, *[blocks[0]] * missing]
        weights = [*self._weights, *[0.0] * missing]
        return zip(filled[::2], filled[1::2], weights[::2], weights[1::2], strict=True)


def added(numbers: Sequence[float]) -> float:
    """Their sum in float64, in order; `sum` is free to round otherwise, and from 3.12 on does."""
    total = 0.0
    for number in numbers:
        total += number
    return total


def worth_compiling(numbers: int) -> bool:
    """Whether sums over so many numbers are to be compiled."""
    return numbers >= COMPILE_FROM
