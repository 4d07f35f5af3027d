"""Who is paid what when a task ends."""

from collections.abc import Mapping
from dataclasses import dataclass

from weftwork.audit.findings import require

__all__ = ["Settlement", "settle"]

MILLION = 1_000_000


@dataclass(frozen=True)
class Settlement:
    """Payouts and refund make up the whole amount."""

    earnable: int
    payouts: dict[str, int]
    refund: int


def settle(amount: int, rounds: int, planned: int, points: Mapping[str, int]) -> Settlement:
    """Share out `amount` after `rounds` of the `planned` were committed.

    Of it, floor(amount * rounds / planned) can be earned. A participant gets floor(that * points /
    (1,000,000 * rounds)): each round gives a million points at most. The requester gets back the
    rest. Raises `Broken` where there are more points than the rounds gave.
    """
    given = sum(points.values())
    require(
        all(one >= 0 for one in points.values()) and given <= MILLION * rounds,
        f"{given} points are claimed, {rounds} rounds give {MILLION * rounds}",
    )
    earnable = amount * rounds // planned if rounds else 0
    payouts = {name: earnable * own // (MILLION * rounds) for name, own in points.items()}
    return Settlement(earnable, payouts, amount - sum(payouts.values()))
