"""Sums over all numbers of a vector, in an order that is a definition: everybody gets their bits.

A vector is cut tensor by tensor, in the order of the tensors' names (by their bytes in UTF-8), each
from its begin into blocks of 2^17 numbers; the last one may be shorter. The sum of a block is that
of 2^17 numbers, zeros being added at its end: the second half is added to the first, number by
number, then the second half of that to its first, and so on until one number is left. The sums of
blocks are added to zero one after the other. All of it is float64.

What is summed up is never negative here, so that to add a zero changes nothing: code may leave the
zeros out.
"""

import numpy as np

from weftwork.learning.aggregation.kernels import Floats32
from weftwork.learning.strategies.strategy import Floats

__all__ = ["SUM_BLOCK", "folded", "squared_distance"]

SUM_BLOCK = 1 << 17  # part of the definition, not to be tuned


def folded(numbers: Floats) -> float:
    """The sum of one block of 1 to 2^17 numbers, none negative; what is in `numbers` is lost."""
    size = len(numbers)
    while size > 1:
        half = 1 << ((size - 1).bit_length() - 1)
        numbers[: size - half] += numbers[half:size]
        size = half
    return float(numbers[0])


def squared_distance(one: Floats32, other: Floats32 | Floats | None, room: Floats) -> float:
    """The sum of (one - other)^2 of a block, difference and square in float64; None is zeros."""
    np.copyto(room, one)
    if other is not None:
        room -= other
    room *= room
    return folded(room)
