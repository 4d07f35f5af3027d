"""What a person is told of privacy: always mode, epsilon, delta, and what neighbours are.

Every program that shows an epsilon shows it through `statement`, or `statement_over_tasks`; what
several providers have spent of theirs may stand in a table beside it, through `spent_of`.
"""

from collections.abc import Collection
from decimal import ROUND_CEILING, Decimal

from weftwork.learning.privacy.parameters import Mode
from weftwork.units import MILLION

__all__ = ["NO_GUARANTEE", "micro", "spent_of", "statement", "statement_over_tasks"]

NO_GUARANTEE = "last-epoch epsilon, no formal guarantee for the model"

_PROTECTED: dict[Mode, str] = {
    "ddp-sgd": "add-or-remove-one sample",
    "ddp-sgd-paper": f"add-or-remove-one sample; {NO_GUARANTEE}",
    "client-level": "add-or-remove-one provider with its whole data set",
}


def statement(
    mode: Mode,
    *,
    epsilon: Decimal | None = None,
    delta: Decimal | None = None,
    spent_micro: int | None = None,
    samples: int | None = None,
) -> str:
    """One line: `ddp-sgd: epsilon 0.53 of 2 spent, delta 0.00001, add-or-remove-one sample`.

    `epsilon` and `delta` are the budget of one provider in one task, `spent_micro` what of it is
    spent, in millionths. With `samples` it says if delta is so large that it allows giving samples
    away whole. Raises `ValueError` for a private mode without a budget.
    """
    if mode == "none":
        return "none: updates are not private, no formal guarantee"
    if epsilon is None or delta is None:
        raise ValueError(f"mode {mode} has an epsilon and a delta")
    budget = f"{epsilon:f}" if spent_micro is None else f"{spent_of(spent_micro, epsilon)} spent"
    parts = [f"epsilon {budget}", f"delta {delta}", _PROTECTED[mode]]
    if samples is not None and delta * samples >= 1:
        parts.append(f"delta is too large for {samples} samples: it should be below 1 in so many")
    return f"{mode}: " + ", ".join(parts)


def statement_over_tasks(
    modes: Collection[Mode], *, epsilon: Decimal, delta: Decimal, spent_micro: int
) -> str:
    """One line on a data set that tasks of these private modes have used.

    `client-level, ddp-sgd: epsilon 5.01 of 30 spent over all tasks, delta 0.00001,
    add-or-remove-one sample`: in `client-level`, too, it is what one sample has spent. With the
    paper's mode among them there is no guarantee.
    """
    spent = f"epsilon {spent_of(spent_micro, epsilon)} spent over all tasks"
    weakest: Mode = "ddp-sgd-paper" if "ddp-sgd-paper" in modes else "ddp-sgd"
    return f"{', '.join(sorted(modes))}: {spent}, delta {delta}, {_PROTECTED[weakest]}"


def spent_of(spent_micro: int, epsilon: Decimal) -> str:
    """`0.53 of 2`: a spend in millionths, never shown smaller than it is, of a budget."""
    return f"{_decimal(spent_micro)} of {epsilon:f}"


def micro(epsilon: float) -> int:
    """Millionths of an epsilon, rounded up, as the ledger takes them.

    The float is taken as it is written: a spend of exactly 0.1 is 100,000 millionths.
    """
    written = Decimal(repr(float(epsilon)))
    return int((written * MILLION).to_integral_value(ROUND_CEILING))


def _decimal(millionths: int) -> str:
    """Two places, or as many as a small amount needs; rounded up."""
    amount = Decimal(millionths) / MILLION
    places = Decimal("0.01") if amount >= Decimal("0.1") or not millionths else Decimal("0.000001")
    return f"{amount.quantize(places, ROUND_CEILING):f}"
