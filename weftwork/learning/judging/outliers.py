"""Updates that moved much further, or much less far, than the others of their round.

And those that sent much more beside the model than the others did.
"""

import math
from collections.abc import Iterable, Mapping

from weftwork.learning.judging.bounds import (
    FEW,
    NORM_DEVIATIONS,
    NORM_LARGE,
    NORM_LARGE_OF_FEW,
    NORM_SMALL,
)

__all__ = ["lower_median", "norm_outliers", "upload_outliers"]

SIGMA = 1.4826  # median absolute deviations in a normal distribution's standard deviation
LEAST = 1e-45  # nothing at all counts as this, the smallest of float32


def norm_outliers(
    norms: Mapping[int, float], samples: Mapping[int, int], own: int | None
) -> dict[int, float]:
    """Who is one, with its norm as a multiple of the round's typical one; all `norms` positive.

    Log norms are compared with their lower median: where as many stand on one side as on the other
    it believes the shorter ones, since what is too long does the harm. Of two updates one of which
    is the member's `own`, that one is believed.
    """
    return _outliers(norms, samples, own, small=NORM_SMALL)


def upload_outliers(
    norms: Mapping[int, float], samples: Mapping[int, int], own: int | None
) -> dict[int, float]:
    """Who uploaded too much, as `norm_outliers`; none is too small, and a norm may be 0.

    Where most sent nothing, whoever sent anything is one.
    """
    least = {one: max(norm, LEAST) for one, norm in norms.items()}
    return _outliers(least, samples, own, small=math.inf)


def _outliers(
    norms: Mapping[int, float], samples: Mapping[int, int], own: int | None, small: float
) -> dict[int, float]:
    if len(norms) < 2:
        return {}
    logs = {one: math.log(norm) for one, norm in norms.items()}
    middle = lower_median(logs.values())
    if len(logs) == 2 and own is not None and own in logs:
        middle = logs[own]
    deviation = SIGMA * lower_median(abs(one - middle) for one in logs.values())
    usual = math.log(NORM_LARGE if len(logs) >= FEW else NORM_LARGE_OF_FEW)
    large = max(usual, NORM_DEVIATIONS * deviation)
    typical = lower_median(samples[one] for one in norms)
    found = {}
    for one, log in logs.items():
        excess = log - middle - max(math.log(samples[one] / typical), 0)
        if one != own and (excess > large or log - middle < -math.log(small)):
            found[one] = math.exp(log - middle)
    return found


def lower_median(numbers: Iterable[float]) -> float:
    """The middle one, of two the smaller."""
    ordered = sorted(numbers)
    return ordered[(len(ordered) - 1) // 2]
