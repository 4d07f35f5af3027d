"""The numbers of all updates in order of size, place by place, without a comparison of floats.

Minimum and maximum of -0 and +0 are either, as the processor likes. The bits of a float32 as a
signed integer, turned over below zero, are in the order of the numbers with -0 before +0: integers
have one order, so that every way to sort them gives the same bits.
"""

from collections.abc import Collection, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.aggregation.kernels import Floats32

__all__ = ["Ordered", "comparisons"]

ROOM = 1 << 19  # integers that one thread sorts at once: 2 MB, whatever the number of updates

Integers = NDArray[np.int32]


class Ordered:
    """The places `wanted` (from 0, in order of size) of so many updates. Not for two threads."""

    def __init__(self, updates: int, wanted: Collection[int]) -> None:
        self._steps = comparisons(updates, frozenset(wanted))
        self._wanted = sorted(wanted)
        self.step = max(1, ROOM // (updates + 1))
        self._room = np.empty((updates + 1, self.step), np.int32)

    def places(self, blocks: Sequence[Floats32]) -> list[Floats32]:
        """The numbers at those places, of arrays of at most `step` numbers; until the next call."""
        size = len(blocks[0])
        spare, *rows = (row[:size] for row in self._room)
        for row, block in zip(rows, blocks, strict=True):
            _turn(block.view("<i4"), spare, row)
        for low, high in self._steps:
            np.minimum(rows[low], rows[high], out=spare)
            np.maximum(rows[low], rows[high], out=rows[high])
            rows[low], spare = spare, rows[low]
        for at in self._wanted:
            _turn(rows[at], spare, rows[at])
        return [rows[at].view(np.float32) for at in self._wanted]


def _turn(bits: Integers, room: Integers, out: Integers) -> None:
    """From a float32's bits to an integer of its order, and back: both ways are one."""
    np.right_shift(bits, 31, out=room)  # all ones below zero
    np.bitwise_and(room, 0x7FFFFFFF, out=room)
    np.bitwise_xor(bits, room, out=out)


@cache
def comparisons(count: int, wanted: frozenset[int]) -> tuple[tuple[int, int], ...]:
    """Pairs (low, high) to put in order, one after the other, so that `wanted` places are right.

    Batcher's merge exchange (Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M), without
    the comparisons that no wanted place depends on.
    """
    needed, kept = set(wanted), []
    for pair in reversed(_merge_exchange(count)):
        if needed.intersection(pair):
            needed.update(pair)
            kept.append(pair)
    return tuple(reversed(kept))


def _merge_exchange(count: int) -> list[tuple[int, int]]:
    top = 1 << max(0, (count - 1).bit_length() - 1)
    pairs, p = [], top if count > 1 else 0
    while p:
        q, r, d = top, 0, p
        while True:
            pairs += [(i, i + d) for i in range(count - d) if i & p == r]
            if q == p:
                break
            d, q, r = q - p, q >> 1, p
        p >>= 1
    return pairs
