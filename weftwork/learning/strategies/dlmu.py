"""DLMU: start between the global model and one's own last one (paper 4.1, Eq. 1, Algorithm 1).

    beta = min(alpha d, beta_max)        start = beta w_last + (1 - beta) G

The further the two have diverged (d), the more of its own a client keeps. d is ||G - w_last||, as
the paper has it, or with `divergence: own_drift` how far the client's last training went,
||w_last - start_last||, as in EasyFL's FedEMA (Zhuang et al. 2022), from which DLMU comes. `alpha`
is set once: after the first training to tau / ||trained - received|| (the paper's text; line 14 of
its algorithm divides by zero), or with `alpha: first_divergence` at the next participation to
tau / d, so that the first beta is tau.

beta = 1 is absorbing: such a client trains on for itself alone. With the paper's d and tau above
0.5 the clients of unlike data reach it within rounds. A warning says so, and so one does where
beta is held at a smaller beta_max.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from weftwork.learning.options import Decimal, Fraction, Positive
from weftwork.learning.strategies.strategy import Client, Finished, Received, Role, Strategy
from weftwork.units import MILLION

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Dlmu"]

# A distance below this is no measure of anything: alpha stays unset, rather than become infinite.
FLOOR = 1e-12


class Dlmu(Strategy):
    """DLMU's options; the defaults are the paper's.

    `on_gap`: whether a client that missed the round before begins with the global model (`reset`)
    or mixes what it last had (`merge`).
    """

    name: Literal["dlmu"] = "dlmu"
    tau: Positive = Decimal("0.8")
    divergence: Literal["global_local", "own_drift"] = "global_local"
    alpha: Literal["first_drift", "first_divergence"] = "first_drift"
    beta_max: Fraction = Decimal(1)
    on_gap: Literal["reset", "merge"] = "reset"

    memory = ("w_last", "drift", "alpha")
    roles = (Role.START,)

    def client(self, received: Received) -> Client:
        """Mix at the start, remember at the end."""
        return _Client(self, received)


class _Client(Client):
    """One round's mix; `start` sets beta, whether `beta_max` held it, and the divergence."""

    def __init__(self, options: Dlmu, received: Received) -> None:
        self._options = options
        self._received = received
        known = received.memory.get("alpha")
        self._alpha = None if known is None else float(known)
        self._beta = 0.0
        self._saturated = False
        self._divergence = 0.0

    def start(self, weights: Tensor) -> Tensor:
        """`beta w_last + (1 - beta) G`; G itself without a past, or after a gap."""
        last = self._received.memory.get("w_last")
        if last is None or (self._received.gap and self._options.on_gap == "reset"):
            return weights
        self._divergence = self._diverged(weights, last)
        if self._options.alpha == "first_divergence":
            self._settle(self._divergence)
        if self._alpha is not None:
            beta, most = self._alpha * self._divergence, float(self._options.beta_max)
            self._beta, self._saturated = min(beta, most), 0 < most <= beta
        return weights.lerp(last, self._beta)  # exactly `last` where beta is 1

    def finish(self, started: Tensor, trained: Tensor, steps: int) -> Finished:
        """Remember the trained weights, how far training went, and alpha."""
        if self._options.alpha == "first_drift":
            self._settle(_distance(trained, self._received.weights))
        drift = _distance(trained, started)
        memory = {"w_last": trained.clone(), "drift": _number(drift)}
        if self._alpha is not None:
            memory["alpha"] = _number(self._alpha)
        return Finished(memory=memory, report=self._report(), warnings=self._warnings())

    def _report(self) -> dict[str, int]:
        return {
            "beta_micro": round(self._beta * MILLION),
            "divergence_micro": round(self._divergence * MILLION),
            "saturated": int(self._saturated),
        }

    def _warnings(self) -> tuple[str, ...]:
        if not self._saturated:
            return ()
        if self._beta < 1:
            most = self._options.beta_max
            return (f"beta is held at beta_max, {most}; a smaller tau would keep it below",)
        return (
            "beta is 1: this client started from its own last weights and ignores the global"
            " model; a smaller tau, a beta_max below 1, or divergence own_drift would prevent it",
        )

    def _diverged(self, weights: Tensor, last: Tensor) -> float:
        if self._options.divergence == "own_drift":
            return float(self._received.memory["drift"])
        return _distance(weights, last)

    def _settle(self, distance: float) -> None:
        """Set alpha, once, where the distance is one."""
        if self._alpha is None and distance > FLOOR:
            self._alpha = float(self._options.tau) / distance


def _distance(one: Tensor, other: Tensor) -> float:
    """The Euclidean distance; `sum` adds up pairwise, so that float32 is enough for it."""
    return float((one - other).square_().sum().sqrt())


def _number(value: float) -> Tensor:
    import torch

    return torch.tensor(value, dtype=torch.float64)
