"""Counts of samples with noise: what a provider tells of its data set beside its updates.

One sample more or less changes the number of samples by one, and one of the label counts by one:
each release is one Gaussian mechanism of sensitivity 1, `Mechanism(1.0, count_noise)`. Rounding and
clamping are post-processing. The same key gives the same numbers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.secret import derived

if TYPE_CHECKING:
    from torch import Tensor

    from weftwork.learning.privacy.plan import Plan

__all__ = ["noisy_counts", "noisy_samples"]

# The ledger's own bound for a number of samples.
MOST = (1 << 29) - 1


def noisy_samples(samples: int, parameters: PrivacyParameters, key: bytes) -> int:
    """The number of samples that is told, 1 to 2^29 - 1, and that the plan is made for.

    Exact where the task has it so, or has no privacy. In `client-level`, which protects the size of
    a data set, too, it is 1: the plan needs no more than that there is one change a round.
    """
    if parameters.mode == "client-level":
        return 1
    exact = parameters.mode == "none" or parameters.samples == "exact"
    noise = 0.0 if exact else float(parameters.count_noise)
    return min(max(_noised(samples, noise, derived(key, "samples")), 1), MOST)


def noisy_counts(counts: Tensor, plan: Plan, key: bytes) -> Tensor:
    """The samples of each class (classes,), each with noise of its own, at least 0; same dtype."""
    if plan.count_noise is None:
        return counts
    noised = [
        max(_noised(int(count), plan.count_noise, derived(key, "labels", index)), 0)
        for index, count in enumerate(counts.tolist())
    ]
    return counts.new_tensor(noised)


def _noised(count: int, noise: float, key: bytes) -> int:
    return round(count + noise * _gaussian(key))


def _gaussian(key: bytes) -> float:
    """A standard Gaussian by Box-Muller from 106 bits of the key, in float64."""
    first, second = (int.from_bytes(part, "big") >> 11 for part in (key[:8], key[8:16]))
    radius = math.sqrt(-2 * math.log1p(-first * 2.0**-53))
    return radius * math.cos(2 * math.pi * second * 2.0**-53)
