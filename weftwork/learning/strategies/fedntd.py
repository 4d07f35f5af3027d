"""FedNTD: not to forget what the global model knows of the other classes (Lee et al. 2022).

    loss + beta sum_{c != y} q_c log(q_c / p_c)

p and q are the local and the global model's softmax at temperature tau over the classes that are
not the sample's own: "not-true distillation". The global model is public, so that this looks at
data only through the loss of a sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from weftwork.learning.options import Decimal, NonNegative, Positive
from weftwork.learning.strategies.strategy import Client, Received, Strategy

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FedNtd"]

# Far below any logit, so that a class gets no probability; finite, so that 0 times it is 0.
NEVER = -1e9


class FedNtd(Strategy):
    """`beta` 0 is FedAvg; `tau` is the temperature."""

    name: Literal["fedntd"] = "fedntd"
    beta: NonNegative = Decimal(1)
    tau: Positive = Decimal(1)

    needs_classes = True
    needs_reference = True

    def client(self, received: Received) -> Client:
        """Held to the global model's view of the other classes."""
        return _Client(float(self.beta), float(self.tau))


class _Client(Client):
    def __init__(self, beta: float, tau: float) -> None:
        self._beta = beta
        self._tau = tau

    def penalty(self, outputs: Tensor, y: Tensor, reference: Tensor | None) -> Tensor | None:
        if reference is None:
            raise ValueError("the global model's outputs are needed, and were not given")
        local, known = self._others(outputs, y), self._others(reference.detach(), y)
        return self._beta * (known.exp() * (known - local)).sum(dim=1)

    def _others(self, logits: Tensor, y: Tensor) -> Tensor:
        """Log-probabilities (n, classes) of the classes that are not y (n,)."""
        own = y.new_zeros(logits.shape).bool().scatter_(1, y.unsqueeze(1), True)
        return (logits / self._tau).masked_fill(own, NEVER).log_softmax(dim=1)
