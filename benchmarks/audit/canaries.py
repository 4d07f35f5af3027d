"""Canaries: samples that are as easy to find in a model as a sample can be.

Each has a feature of its own, which no other sample has, and a wrong label. Its gradient then lies
in weights that no other sample touches, and is larger than any threshold: clipped, it is worth
exactly C in every step that it is in. Whoever knows the canaries reads off the weights how often
they were. That is the adversary that the guarantee is against: it knows all data but one sample.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from weftwork.learning.data import Dataset

__all__ = ["Canaries"]

CLASSES = 10
FEATURES = 16  # of the ordinary samples
# The canaries' feature: at its gradient's length any threshold in use is exceeded.
LOUD = 1000.0
# So much weight on a canary's label, and the gradient of its loss is zero to many digits.
SURE = 0.05


@dataclass(frozen=True)
class Canaries:
    """`inside[i]` says whether canary i is in the data set: a fair coin of its own each."""

    inside: NDArray[np.bool_]
    ordinary: int
    seed: int

    @classmethod
    def drawn(cls, number: int, ordinary: int, seed: int) -> "Canaries":
        """Throw the coins."""
        coins = np.random.default_rng(seed).random(number) < 0.5
        return cls(coins, ordinary, seed)

    def __len__(self) -> int:
        """How many there are, in the data set or not."""
        return len(self.inside)

    @property
    def expected(self) -> int:
        """The size of the data set on average: what is told of it, whatever the coins were."""
        return self.ordinary + len(self) // 2

    def dataset(self) -> Dataset:
        """Ordinary samples, and the canaries that are inside."""
        random = np.random.default_rng((self.seed, 1))
        inside = np.flatnonzero(self.inside)
        x = np.zeros((self.ordinary + len(inside), FEATURES + len(self)), np.float32)
        x[: self.ordinary, :FEATURES] = random.random((self.ordinary, FEATURES))
        x[np.arange(self.ordinary, len(x)), FEATURES + inside] = LOUD
        usual = random.integers(0, CLASSES, self.ordinary)
        return Dataset(x, np.concatenate([usual, self.labels[inside]]))

    @property
    def labels(self) -> NDArray[np.int64]:
        """Each canary's class, in the data set or not."""
        return np.arange(len(self), dtype=np.int64) % CLASSES

    def model(self) -> nn.Module:
        """A linear classifier, all zero: its first gradients are known beforehand."""
        model = nn.Linear(FEATURES + len(self), CLASSES, bias=False)
        nn.init.zeros_(model.weight)
        return model

    def sure(self) -> nn.Module:
        """One that has learnt every canary's label: none of them moves it."""
        model = self.model()
        with torch.no_grad():
            own = model.get_parameter("weight")[:, FEATURES:]
            own[torch.from_numpy(self.labels), torch.arange(len(self))] = SURE
        return model

    def scores(self, model: nn.Module) -> NDArray[np.float64]:
        """How far the weights went along each canary's own gradient, clipped to length 1."""
        (weights,) = model.parameters()
        own: Tensor = weights.detach().double()[:, FEATURES:]
        direction = torch.full_like(own, -1 / CLASSES)
        direction[torch.from_numpy(self.labels), torch.arange(len(self))] += 1
        scores: NDArray[np.float64] = (own * direction / direction.norm(dim=0)).sum(0).numpy()
        return scores
