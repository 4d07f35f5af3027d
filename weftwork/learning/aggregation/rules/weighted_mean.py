"""The mean, weighted by samples: FedAvg's (McMahan et al. 2017)."""

from functools import partial
from typing import Literal

from weftwork.learning.aggregation.mean import Mean
from weftwork.learning.aggregation.reduction import MakeReduction
from weftwork.learning.aggregation.rules.rule import Rule
from weftwork.learning.aggregation.vectors import Vectors

__all__ = ["WeightedMean"]


class WeightedMean(Rule):
    """Of each number (((0 + x_1 n_1) + x_2 n_2) ... + x_K n_K) / (n_1 + ... + n_K).

    It withstands nobody: one update moves it as far as it likes.
    """

    name: Literal["mean"] = "mean"

    def reduction(self, vectors: Vectors) -> MakeReduction:
        """The weights are all that it needs."""
        return partial(Mean, vectors.weights, fast=vectors.fast)
