"""Coins, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.audit.rules.money import equal_parts


@pytest.mark.parametrize(
    ("amount", "most", "parts"),
    [(7, 3, [3, 2, 2]), (2, 32, [1, 1]), (0, 5, []), (9, 3, [3, 3, 3]), (5, 1, [5])],
)
def test_parts_by_hand(amount: int, most: int, parts: list[int]) -> None:
    assert equal_parts(amount, most) == parts


@given(amount=st.integers(0, 10**12), most=st.integers(1, 256))
def test_parts_add_up_and_are_as_equal_as_integers_allow(amount: int, most: int) -> None:
    parts = equal_parts(amount, most)
    assert sum(parts) == amount
    assert parts == sorted(parts, reverse=True)
    assert not parts or parts[0] - parts[-1] <= 1 <= parts[-1]
