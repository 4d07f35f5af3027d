"""SCAFFOLD: control variates against the clients' drift (Karimireddy et al. 2020, option II).

    direction = gradient - c_i + c
    c_i <- c_i - c + (start - trained) / reach        c <- c + accepted / participants mean(change)

c_i is one client's mean gradient, c that of all. `reach` is what one unit of direction in every
step moves the weights by: learning rate times steps, and with local momentum more (each direction
then acts on all later steps). So c_i is a mean of the directions taken, computed from weights and
never from a gradient: nothing reaches it that is not in the update already.

The mean of the changes is weighted as the mean of the weights is: c is the gradient of the
objective that the aggregate minimises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

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

__all__ = ["Scaffold", "reach"]


class Scaffold(Strategy):
    """No options; a server's rate other than 1 is `server-momentum` with momentum 0."""

    name: Literal["scaffold"] = "scaffold"

    uploads = ("control",)
    state = ("control",)
    memory = ("control",)
    roles = (Role.DRIFT,)
    tells_steps = True  # (start - trained) / (upload + c) is `reach`

    def client(self, received: Received) -> Client:
        """Corrected by its own control and the global one."""
        return _Client(received)

    def server(self) -> Server:
        """Keeps the global control."""
        return _Server()


class _Client(Client):
    def __init__(self, received: Received) -> None:
        self._received = received
        self._global = known(received.server, "control", received)
        self._own = known(received.memory, "control", received)
        self._correction = self._global - self._own

    def direct(self, gradient: Tensor, weights: Tensor) -> Tensor:
        return gradient.add_(self._correction)

    def finish(self, started: Tensor, trained: Tensor, steps: int) -> Finished:
        moved = reach(self._received.learning_rate, self._received.momentum, steps)
        change = self._own * 0  # without a step, nothing is learnt of the gradient
        if moved:
            change = (started - trained).div_(moved).sub_(self._global)
        return Finished(uploads={"control": change}, memory={"control": self._own + change})


class _Server(Server):
    def combine(self, block: Block) -> tuple[Floats, dict[str, Floats]]:
        share = block.accepted / block.participants
        control = block.state["control"] + share * block.uploads["control"]
        return block.mean, {"control": control}


def reach(rate: float, momentum: float, steps: int) -> float:
    """How far `steps` directions of 1 move a weight by SGD whose velocity starts at zero.

    The direction of step j is in the velocity of step j + i with momentum^i: in all
    rate sum_{n=1..steps} (1 - momentum^n) / (1 - momentum).
    """
    rest = 1 - momentum
    return rate * (steps - momentum * (1 - momentum**steps) / rest) / rest
