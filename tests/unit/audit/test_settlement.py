"""The auditor's settlement, computed by hand; and that it makes or loses nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.audit.findings import Broken
from weftwork.audit.rules.settlement import settle


def test_two_of_three_rounds_by_hand() -> None:
    shared = settle(1000, 2, 3, {"a": 500_000, "b": 1_000_000, "c": 1})
    assert shared.earnable == 666
    assert shared.payouts == {"a": 166, "b": 333, "c": 0}
    assert shared.refund == 501


def test_before_the_first_round_all_is_refunded() -> None:
    assert settle(77, 0, 5, {}).refund == 77


def test_more_points_than_the_rounds_gave_are_found() -> None:
    with pytest.raises(Broken, match="1000001 points are claimed, 1 rounds give 1000000"):
        settle(10, 1, 1, {"a": 1_000_000, "b": 1})


@given(
    amount=st.integers(0, 2**53),
    rounds=st.integers(1, 99_999),
    more=st.integers(0, 9),
    shares=st.lists(st.integers(0, 1_000_000), max_size=5),
)
def test_nothing_is_made_or_lost(amount: int, rounds: int, more: int, shares: list[int]) -> None:
    most = 1_000_000 * rounds
    points = {str(at): share * rounds // max(len(shares), 1) for at, share in enumerate(shares)}
    assert sum(points.values()) <= most
    shared = settle(amount, rounds, rounds + more, points)
    assert sum(shared.payouts.values()) + shared.refund == amount
    assert sum(shared.payouts.values()) <= shared.earnable <= amount
