"""What a person is told."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.learning.privacy.parameters import Mode
from weftwork.learning.privacy.statement import (
    NO_GUARANTEE,
    micro,
    statement,
    statement_over_tasks,
)


def said(mode: Mode, spent: int | None = None, samples: int | None = None) -> str:
    """The statement of a budget of 2."""
    budget, delta = Decimal(2), Decimal("1e-5")
    return statement(mode, epsilon=budget, delta=delta, spent_micro=spent, samples=samples)


def test_mode_budget_and_neighbours_are_always_said() -> None:
    assert said("ddp-sgd") == ("ddp-sgd: epsilon 2, delta 0.00001, add-or-remove-one sample")
    assert said("ddp-sgd", 523_769) == (
        "ddp-sgd: epsilon 0.53 of 2 spent, delta 0.00001, add-or-remove-one sample"
    )
    assert "add-or-remove-one provider with its whole data set" in said("client-level")


def test_the_papers_mode_says_that_it_guarantees_nothing() -> None:
    for spent in (None, 1):
        assert NO_GUARANTEE in said("ddp-sgd-paper", spent)


def test_no_privacy_is_said_too() -> None:
    assert statement("none") == "none: updates are not private, no formal guarantee"


@pytest.mark.parametrize(("samples", "warned"), [(99_999, False), (100_000, True)])
def test_a_delta_that_gives_samples_away_is_named(samples: int, warned: bool) -> None:
    assert ("delta is too large" in said("ddp-sgd", samples=samples)) is warned


@pytest.mark.parametrize("mode", ["ddp-sgd", "ddp-sgd-paper", "client-level"])
def test_a_private_mode_without_a_budget_is_never_shown(mode: Mode) -> None:
    with pytest.raises(ValueError, match="has an epsilon and a delta"):
        statement(mode)


@pytest.mark.parametrize(
    ("millionths", "shown"),
    [(0, "0.00"), (1, "0.000001"), (99_999, "0.099999"), (100_001, "0.11"), (1_999_999, "2.00")],
)
def test_what_is_spent_is_never_shown_smaller(millionths: int, shown: str) -> None:
    assert f"epsilon {shown} of 2 spent" in said("ddp-sgd", millionths)
    assert f"epsilon {shown} of 2 spent over all tasks" in over_tasks("ddp-sgd", spent=millionths)


def over_tasks(*modes: Mode, spent: int) -> str:
    """The statement of a data set's budget of 2."""
    budget, delta = Decimal(2), Decimal("1e-5")
    return statement_over_tasks(modes, epsilon=budget, delta=delta, spent_micro=spent)


def test_over_several_tasks_all_their_modes_are_said() -> None:
    assert over_tasks("ddp-sgd", "client-level", spent=523_769) == (
        "client-level, ddp-sgd: epsilon 0.53 of 2 spent over all tasks, delta 0.00001,"
        " add-or-remove-one sample"
    )
    assert over_tasks("ddp-sgd-paper", "ddp-sgd", spent=1).endswith(NO_GUARANTEE)


@pytest.mark.parametrize(
    ("epsilon", "millionths"),
    [(0.0, 0), (0.1, 100_000), (2.0, 2_000_000), (1e-9, 1), (1.0000001, 1_000_001), (1e3, 10**9)],
)
def test_millionths(epsilon: float, millionths: int) -> None:
    assert micro(epsilon) == millionths


@given(st.floats(0, 1e6))
def test_millionths_are_rounded_up(epsilon: float) -> None:
    assert epsilon * 1e6 * (1 - 1e-12) <= micro(epsilon) <= epsilon * 1e6 * (1 + 1e-12) + 1


@given(st.integers(1, 10**9))
def test_a_budget_that_is_spent_to_the_last_is_not_exceeded(millionths: int) -> None:
    assert micro(float(Decimal(millionths) / 1_000_000)) == millionths
