"""How much a count of samples weighs that nobody can check."""

from collections.abc import Sequence

from weftwork.errors import DataError

__all__ = ["capped"]


def capped(samples: Sequence[int], ratio: int) -> list[int]:
    """Each count, or `ratio` times the lower median of the round's counts where that is less.

    The lower median of K counts is the one at place (K + 1) // 2 in order of size, from 1. Of two
    or more, one provider's own count moves the cap no higher than `ratio` times another's. Raises
    `DataError` for a ratio or a count below 1.
    """
    if ratio < 1:
        raise DataError(f"the cap on weights is {ratio} times the median; at least 1 is needed")
    if wrong := [one for one in samples if one < 1]:
        raise DataError(f"a count of {wrong[0]} samples has no weight; at least 1 is needed")
    if not samples:
        return []
    cap = ratio * sorted(samples)[(len(samples) - 1) // 2]
    return [min(one, cap) for one in samples]
