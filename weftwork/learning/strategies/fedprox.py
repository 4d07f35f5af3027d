"""FedProx: a pull towards the global model in every local step (Li et al. 2020, Eq. 2).

direction = gradient + mu (w - G)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from weftwork.learning.options import Decimal, NonNegative
from weftwork.learning.strategies.strategy import Client, Received, Role, Strategy

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FedProx"]


class FedProx(Strategy):
    """`mu`: how strong the pull is; 0 is FedAvg."""

    name: Literal["fedprox"] = "fedprox"
    mu: NonNegative = Decimal("0.01")

    roles = (Role.DRIFT,)

    def client(self, received: Received) -> Client:
        """Pulled towards what it received."""
        return _Client(float(self.mu), received.weights)


class _Client(Client):
    def __init__(self, mu: float, anchor: Tensor) -> None:
        self._mu = mu
        self._anchor = anchor

    def direct(self, gradient: Tensor, weights: Tensor) -> Tensor:
        return gradient.add_(weights - self._anchor, alpha=self._mu)
