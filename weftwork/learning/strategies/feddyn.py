"""FedDyn: each client's loss is bent so that all share one minimum (Acar et al. 2021, Algorithm 1).

    direction = gradient - g_i + alpha (w - G)            g_i <- g_i - alpha (trained - G)
    h <- h - alpha accepted / participants (mean - G)     G <- mean - h / alpha

g_i comes to be the client's own gradient at the global minimum. What the aggregate keeps is
`moved` = -h / alpha: all that the mean has moved so far, in which alpha cancels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from weftwork.learning.options import Decimal, Positive
from weftwork.learning.strategies.strategy import (
    Block,
    Client,
    Finished,
    Floats,
    Received,
    Role,
    Server,
    Strategy,
    known,
)

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FedDyn"]


class FedDyn(Strategy):
    """`alpha`: how strong the pull towards the global model is."""

    name: Literal["feddyn"] = "feddyn"
    alpha: Positive = Decimal("0.01")

    state = ("moved",)
    memory = ("gradient",)
    roles = (Role.DRIFT, Role.SERVER)

    def client(self, received: Received) -> Client:
        """Pulled towards the global model, and pushed by its own gradient of before."""
        return _Client(float(self.alpha), received)

    def server(self) -> Server:
        """Goes beyond the mean by all that it has moved."""
        return _Server()


class _Client(Client):
    def __init__(self, alpha: float, received: Received) -> None:
        self._alpha = alpha
        self._anchor = received.weights
        self._own = known(received.memory, "gradient", received)

    def direct(self, gradient: Tensor, weights: Tensor) -> Tensor:
        return gradient.sub_(self._own).add_(weights - self._anchor, alpha=self._alpha)

    def finish(self, started: Tensor, trained: Tensor, steps: int) -> Finished:
        return Finished(
            memory={"gradient": self._own.sub(trained - self._anchor, alpha=self._alpha)}
        )


class _Server(Server):
    def combine(self, block: Block) -> tuple[Floats, dict[str, Floats]]:
        share = block.accepted / block.participants
        moved = block.state["moved"] + share * (block.mean - block.base)
        return block.mean + moved, {"moved": moved}
