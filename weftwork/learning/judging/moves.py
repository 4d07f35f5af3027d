"""How far and where updates moved from the base model: lengths, and angles between them.

One pass over the files, block by block, in float64: what two float32 numbers differ by does not
overflow there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.judging.tensors import Floats32, Tensors

__all__ = ["Floats", "Moves"]

BLOCK = 16 * 1024  # numbers of each file at once: what is worked on stays in the cache

ROUNDING = 1e-12  # of a squared length: less is what float64 made of zero

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moves:
    """Of K updates: the inner products (K, K) of update - base, and with `last` (K,).

    That is the global model's last change (base - before), zeros where there was none; `last_norm`
    and `base_norm` are its norm and the base model's.
    """

    products: Floats
    last: Floats
    last_norm: float
    base_norm: float

    @classmethod
    def of(
        cls, base: Tensors, updates: Sequence[Tensors], names: Sequence[str], before: Tensors | None
    ) -> "Moves":
        """Measured on the float32 tensors `names`."""
        count = len(updates)
        products = np.zeros((count + 2, count + 2))
        for block in _blocks(names, [*updates, before or base, base]):
            block[:-2] -= block[-1]
            block[-2] = block[-1] - block[-2]
            products += block @ block.T
        last, whole = np.sqrt(np.diagonal(products)[count:])
        return cls(products[:count, :count], products[:count, count], float(last), float(whole))

    @property
    def norms(self) -> Floats:
        """(K,)."""
        return np.sqrt(np.diagonal(self.products))

    @property
    def to_last(self) -> Floats:
        """Cosines (K,) to the last change; 0 where either has no length."""
        return _ratios(self.last, self.norms * self.last_norm)

    @property
    def to_each_other(self) -> Floats:
        """Cosines (K, K) of what the moves are beside their part along the last change.

        That part many updates share: where DLMU mixes a provider's last model in, all of them are
        drawn back to before it.
        """
        along = _ratios(self.last, np.full(len(self.last), self.last_norm))
        beside = self.products - np.outer(along, along)
        squares, whole = np.diagonal(beside), np.diagonal(self.products)
        lengths = np.sqrt(np.where(squares > ROUNDING * whole, squares, 0))
        return _ratios(beside, np.outer(lengths, lengths))

    def against_others(self, weights: Floats) -> Floats:
        """Cosines (K,) of each move to the weighted sum of all others."""
        to_sum = self.products @ weights
        own = np.diagonal(self.products) * weights
        total = float(weights @ to_sum)
        squares = np.maximum(total - 2 * weights * to_sum + weights * own, 0)
        return _ratios(to_sum - own, self.norms * np.sqrt(squares))


def _ratios(numbers: Floats, by: Floats) -> Floats:
    """`numbers` / `by`; 0 where that is 0."""
    return np.divide(numbers, by, out=np.zeros_like(numbers), where=by > 0)


def _blocks(names: Sequence[str], files: Sequence[Tensors]) -> Iterator[Floats]:
    """(files, numbers) at a time, in one array that is written over by the next."""
    room = np.empty((len(files), BLOCK))
    for name in names:
        tensors: list[Floats32] = [file[name] for file in files]
        for begin in range(0, len(tensors[0]), BLOCK):
            part = room[:, : min(BLOCK, len(tensors[0]) - begin)]
            for row, tensor in zip(part, tensors, strict=True):
                row[:] = tensor[begin : begin + BLOCK]
            yield part
