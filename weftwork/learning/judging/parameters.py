"""How a task's committee judges its updates: what the task's definition says. Needs no torch."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from weftwork.config import Strict
from weftwork.learning.options import Decimal, Fraction

__all__ = ["Contribution", "JudgingParameters", "LeaveOneOut", "Shapley"]


class LeaveOneOut(Strict):
    """What the round's mean loses without an update: one evaluation an update."""

    name: Literal["leave-one-out"] = "leave-one-out"


class Shapley(Strict):
    """What an update adds to the others that came before it, mean over random orders.

    An order is left once what is still to come is worth at most `tolerance` of the whole round.
    """

    name: Literal["shapley"] = "shapley"
    permutations: int = Field(20, ge=1, le=10_000, description="how many orders are drawn")
    tolerance: Fraction = Decimal("0.01")


def _named(value: Any) -> Any:
    """`shapley` is short for `{name: shapley}`."""
    return {"name": value} if isinstance(value, str) else value


Contribution = Annotated[
    LeaveOneOut | Shapley, Field(discriminator="name"), BeforeValidator(_named)
]


class JudgingParameters(Strict):
    """`judging` of a task's definition, as the ledger keeps it."""

    contribution: Contribution = LeaveOneOut()
