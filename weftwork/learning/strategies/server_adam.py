"""Server Adam: a step size for each number of the model (FedAdam; Reddi et al. 2021, Algorithm 2).

    d = mean - G
    m <- beta1 m + (1 - beta1) d        v <- beta2 v + (1 - beta2) d^2
    G <- G + rate m / (sqrt(v) + tau)

m begins at 0 and v at tau^2; there is no correction of the bias, as there is none in the paper.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from weftwork.learning.options import Decimal, NonNegative, Positive
from weftwork.learning.strategies.strategy import Block, Floats, Role, Server, Strategy

__all__ = ["Adaptive", "AdaptiveServer", "ServerAdam"]

Decay = Annotated[NonNegative, Field(lt=1)]


class Adaptive(Strategy):
    """What Adam and Yogi share. `tau` bounds the step of a number that hardly moves."""

    beta1: Decay = Decimal("0.9")
    beta2: Decay = Decimal("0.99")
    tau: Positive = Decimal("0.001")
    rate: Positive = Decimal("0.01")

    state = ("first_moment", "second_moment")
    roles = (Role.SERVER,)


class ServerAdam(Adaptive):
    """Adam as the server's optimiser."""

    name: Literal["server-adam"] = "server-adam"

    def server(self) -> Server:
        """Keeps both moments."""
        return AdaptiveServer(self)


class AdaptiveServer(Server):
    """Adam's step; `second` is what Yogi does otherwise."""

    def __init__(self, options: Adaptive) -> None:
        self._beta1, self.beta2 = float(options.beta1), float(options.beta2)
        self._tau, self._rate = float(options.tau), float(options.rate)

    def combine(self, block: Block) -> tuple[Floats, dict[str, Floats]]:
        """One step of all numbers."""
        step = block.mean - block.base
        before = block.state["second_moment"]
        if block.first:
            before = before + self._tau * self._tau
        first = self._beta1 * block.state["first_moment"] + (1 - self._beta1) * step
        second = self.second(before, step * step)
        model = block.base + self._rate * first / (np.sqrt(second) + self._tau)
        return model, {"first_moment": first, "second_moment": second}

    def second(self, before: Floats, squares: Floats) -> Floats:
        """The second moment, given d^2."""
        return self.beta2 * before + (1 - self.beta2) * squares
