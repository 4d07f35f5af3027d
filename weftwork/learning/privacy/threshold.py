"""How the clipping threshold C moves (paper 4.2 and Eq. 2; Andrew et al. 2021).

A rule sees data through one number a step only: `side`, a sum over the batch to which each sample
adds between -1 and 1. It comes back with noise (`stepped`); all that a rule makes of it is
post-processing. In the paper's mode the sum is neither bounded nor noised.
"""

import torch
from torch import Tensor

from weftwork.learning.privacy.parameters import ThresholdParameters
from weftwork.learning.privacy.plan import Plan

__all__ = ["Eq2", "Quantile", "RawEq2", "Threshold", "extrapolated", "threshold_of"]

# Norms beyond so many times C count as that: it bounds the query, and how much C grows in an epoch.
BOUND = 4.0


class Threshold:
    """C stays as it is; the rules below move it.

    `value` is C, a 0-d float32 tensor on the norms' device: no step has to wait for it.
    """

    def __init__(
        self, options: ThresholdParameters, start: float, device: torch.device | str = "cpu"
    ) -> None:
        self.options = options
        self.value = torch.tensor(start, dtype=torch.float32, device=device)

    def side(self, norms: Tensor) -> Tensor:
        """The sum (0-d) to be noised, of the unclipped norms (n,).

        Sums of parts of a batch add up to the batch's.
        """
        return torch.zeros_like(self.value)

    def stepped(self, noisy: Tensor, batch: float) -> None:
        """After a step: the sum with its noise, and the expected size of the batch."""

    def epoch_ended(self) -> None:
        """After an epoch's last step."""

    def state(self) -> dict[str, float]:
        """What a checkpoint between two epochs keeps; `value` alone is carried to the next round.

        It follows from noisy sums and the task's options only (but for the paper's mode).
        """
        return {"value": float(self.value)}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a checkpoint."""
        self._set(state["value"])

    def _set(self, value: float) -> None:
        self.value.fill_(value)

    @property
    def _range(self) -> tuple[float, float]:
        return float(self.options.min), float(self.options.max)


class Quantile(Threshold):
    """C <- C exp(-rate (share - quantile)), where `share` of the norms are at most C."""

    def side(self, norms: Tensor) -> Tensor:
        """+1 for each norm that is at most C, -1 for each other."""
        return torch.where(norms <= self.value, 1.0, -1.0).sum()

    def stepped(self, noisy: Tensor, batch: float) -> None:
        """Move C by the noisy share."""
        share = noisy / (2 * batch) + 0.5
        factor = torch.exp(-float(self.options.rate) * (share - float(self.options.quantile)))
        self.value.mul_(factor).clamp_(*self._range)


class Eq2(Threshold):
    """C from the mean norms of the two epochs before, each from the noisy sums of all its steps.

    Begins each round anew: an epoch without one before has the round's first C, and one with a
    single one has that epoch's mean.
    """

    def __init__(
        self, options: ThresholdParameters, start: float, device: torch.device | str = "cpu"
    ) -> None:
        super().__init__(options, start, device)
        self._last = 0.0  # mean norm of the epoch before; by Eq. 2 a zero is as good as none
        self._clear()

    def side(self, norms: Tensor) -> Tensor:
        """-1 for a norm of zero to +1 for a norm of the bound or beyond (or none: NaN)."""
        bound = self._bound
        bounded = torch.minimum(norms.nan_to_num(nan=float("inf"), posinf=float("inf")), bound)
        return (2 * bounded / bound - 1).sum()

    def stepped(self, noisy: Tensor, batch: float) -> None:
        """Gather the epoch's sums."""
        self._total += noisy
        self._batches += batch

    def epoch_ended(self) -> None:
        """The next epoch's C; an epoch without steps leaves it as it is."""
        if self._batches:
            mean = self._mean()
            self._set(extrapolated(mean, self._last, *self._range))
            self._last = mean
        self._clear()

    def state(self) -> dict[str, float]:
        """C, and the mean norm of the epoch before."""
        return super().state() | {"last": self._last}

    def restore(self, state: dict[str, float]) -> None:
        """Go on after the last completed epoch."""
        super().restore(state)
        self._last = state["last"]
        self._clear()

    @property
    def _bound(self) -> Tensor:
        return (BOUND * self.value).clamp(max=float(self.options.max))

    def _mean(self) -> float:
        least, most = self._range
        mean = (float(self._total) / self._batches + 1) / 2 * float(self._bound)
        return min(max(mean, least), most)

    def _clear(self) -> None:
        self._total = torch.zeros_like(self.value)
        self._batches = 0.0


class RawEq2(Eq2):
    """As the paper has it: exact norms, without bound or noise, and so without any guarantee.

    `stepped` takes the exact sum and the batch's true size.
    """

    def side(self, norms: Tensor) -> Tensor:
        """The sum of the norms; one that is not finite counts as 0, as its sample does."""
        return torch.where(norms.isfinite(), norms, 0.0).sum()

    def _mean(self) -> float:
        return float(self._total) / self._batches


def extrapolated(last: float, before: float, least: float, most: float) -> float:
    """Eq. 2: C = gamma a + (1 - gamma) b, gamma = |a - b| / a, from the epochs' means a and b.

    a (`last`) is the later one. gamma is clamped to [0, 1], without which C is negative once b
    exceeds 2.618 a, and C to [least, most]. With a = 0, where gamma is undefined, C is b.
    """
    gamma = min(abs(last - before) / last, 1.0) if last > 0 else 0.0
    return min(max(gamma * last + (1 - gamma) * before, least), most)


def threshold_of(
    plan: Plan, carried: float | None = None, device: torch.device | str = "cpu"
) -> Threshold:
    """The plan's rule, from its `initial` or from the value that the round before ended with."""
    options = plan.threshold
    if options.rule == "fixed" or carried is None:
        carried = float(options.initial)
    rules = {"fixed": Threshold, "quantile": Quantile, "eq2": Eq2}
    rule = rules[options.rule]
    if plan.mode == "ddp-sgd-paper" and rule is Eq2:
        rule = RawEq2
    return rule(options, carried, device)
