"""Server momentum: the aggregate's steps have a velocity (FedAvgM; Hsu et al. 2019).

v <- momentum v + (mean - G)        G <- G + rate v
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weftwork.learning.options import Decimal, NonNegative, Positive
from weftwork.learning.strategies.strategy import Block, Floats, Role, Server, Strategy

__all__ = ["ServerMomentum"]


class ServerMomentum(Strategy):
    """momentum 0 and rate 1 is FedAvg, to the bit."""

    name: Literal["server-momentum"] = "server-momentum"
    momentum: Annotated[NonNegative, Field(lt=1)] = Decimal("0.9")
    rate: Positive = Decimal(1)

    state = ("velocity",)
    roles = (Role.SERVER,)

    def server(self) -> Server:
        """Keeps the velocity."""
        return _Server(float(self.momentum), float(self.rate))


class _Server(Server):
    def __init__(self, momentum: float, rate: float) -> None:
        self._momentum = momentum
        self._rate = rate

    def combine(self, block: Block) -> tuple[Floats, dict[str, Floats]]:
        step = block.mean - block.base
        velocity = self._momentum * block.state["velocity"] + step
        # G + rate v, as the mean and what goes beyond it: exactly the mean where v is the step.
        return block.mean + (self._rate * velocity - step), {"velocity": velocity}
