"""Sums of weighted float32 blocks in float64, two at a time: by numpy, or compiled.

Both round alike: (sums + block * weight) + other * other_weight, number by number. The products are
exact, see the package.
"""

from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.strategies.strategy import Floats

__all__ = ["Floats32", "Kernels", "NumpyKernels", "compiled"]

Floats32 = NDArray[np.float32]


class Add(Protocol):
    """Adds to `sums`, or begins them."""

    def __call__(self, sums: Floats, a: Floats32, b: Floats32, wa: float, wb: float, /) -> None:
        """`a` and `b` weighted by `wa` and `wb`, all arrays of one length."""


class Finish(Protocol):
    """Adds the last two, divides, and rounds."""

    def __call__(
        self,
        sums: Floats,
        a: Floats32,
        b: Floats32,
        wa: float,
        wb: float,
        total: float,
        out: Floats32,
        /,
    ) -> None:
        """To `out`; what is in `sums` then means nothing."""


class Kernels(Protocol):
    """What a mean is made of."""

    @property
    def begin(self) -> Add:
        """Sums of two, from zero."""

    @property
    def add(self) -> Add:
        """Two more."""

    @property
    def finish(self) -> Finish:
        """The last two, and the mean."""


class NumpyKernels:
    """Each operation is a pass over a block. Not for two threads at once."""

    def __init__(self, block: int) -> None:
        self._product = np.empty(block)

    def begin(self, sums: Floats, a: Floats32, b: Floats32, wa: float, wb: float, /) -> None:
        """Sums of two, from zero."""
        sums.fill(0)
        self.add(sums, a, b, wa, wb)

    def add(self, sums: Floats, a: Floats32, b: Floats32, wa: float, wb: float, /) -> None:
        """Two more; what has no weight adds zeros, which change no sum, and is left out."""
        product = self._product[: len(sums)]
        for block, weight in ((a, wa), (b, wb)):
            if weight:
                np.copyto(product, block)
                product *= weight
                sums += product

    def finish(
        self,
        sums: Floats,
        a: Floats32,
        b: Floats32,
        wa: float,
        wb: float,
        total: float,
        out: Floats32,
        /,
    ) -> None:
        """The last two, and the mean."""
        self.add(sums, a, b, wa, wb)
        sums /= total
        np.copyto(out, sums, casting="same_kind")


class _Compiled(NamedTuple):
    begin: Add
    add: Add
    finish: Finish


@cache
def compiled() -> Kernels | None:
    """One pass for two blocks; None where there is no numba that works.

    numba keeps to IEEE 754 as numpy does: it neither reorders nor leaves out a rounding. Compiling
    takes two seconds, once a process.
    """
    try:
        from numba import float32, float64, njit, types, void
    except ImportError:
        return None
    block = types.Array(float32, 1, "C", readonly=True)
    two = (float64[::1], block, block, float64, float64)
    compile_two = njit(void(*two), nogil=True)
    # numpy's error model: to divide by zero is no exception, so that many are divided at once.
    compile_last = njit(void(*two, float64, float32[::1]), nogil=True, error_model="numpy")
    return _Compiled(compile_two(_begin), compile_two(_add), compile_last(_finish))


def _begin(sums: Floats, a: Floats32, b: Floats32, wa: float, wb: float) -> None:
    for i in range(len(sums)):
        sums[i] = (0.0 + np.float64(a[i]) * wa) + np.float64(b[i]) * wb


def _add(sums: Floats, a: Floats32, b: Floats32, wa: float, wb: float) -> None:
    for i in range(len(sums)):
        sums[i] = (sums[i] + np.float64(a[i]) * wa) + np.float64(b[i]) * wb


def _finish(
    sums: Floats, a: Floats32, b: Floats32, wa: float, wb: float, total: float, out: Floats32
) -> None:
    for i in range(len(sums)):
        out[i] = ((sums[i] + np.float64(a[i]) * wa) + np.float64(b[i]) * wb) / total
