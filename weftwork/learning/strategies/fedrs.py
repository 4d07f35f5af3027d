"""FedRS: restricted softmax (Li and Zhan 2021): classes that a client lacks are pushed less.

    logit_c <- alpha logit_c        for each class c of which this client has no sample

Training then changes the weights of a class that is not there alpha times as much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from weftwork.learning.options import Decimal, Fraction, Positive
from weftwork.learning.strategies.logit_calibration import label_counts
from weftwork.learning.strategies.strategy import Client, Received, Role, Strategy

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FedRs"]


class FedRs(Strategy):
    """alpha 1 is FedAvg. A class is absent with fewer samples than `least`: counts may be noisy."""

    name: Literal["fedrs"] = "fedrs"
    alpha: Fraction = Decimal("0.5")
    least: Positive = Decimal("0.5")

    roles = (Role.LOGITS,)
    needs_classes = True
    needs_labels = True

    def client(self, received: Received) -> Client:
        """Scales the logits of the classes that it lacks."""
        counts = label_counts(received)
        scale = counts.new_ones(counts.shape)
        scale[counts < float(self.least)] = float(self.alpha)
        return _Client(scale.float().to(received.weights.device))


class _Client(Client):
    def __init__(self, scale: Tensor) -> None:
        self._scale = scale

    def logits(self, logits: Tensor, y: Tensor) -> Tensor:
        return logits * self._scale
