"""Leave-one-out and Shapley values, beside games whose values are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.learning.judging.contributions import contributions, leave_one_out, shapley
from weftwork.learning.judging.parameters import LeaveOneOut, Shapley


@dataclass
class Played:
    """A game by a function; it counts how often it is asked."""

    players: Sequence[int]
    worth: Callable[[frozenset[int]], int]
    asked: int = 0

    def value(self, present: frozenset[int]) -> int:
        self.asked += 1
        return self.worth(present)


def additive(worths: Sequence[int]) -> Played:
    return Played(range(len(worths)), lambda present: 7 + sum(worths[one] for one in present))


def exact(game: Played) -> dict[int, Fraction]:
    """By the definition: the mean over all orders."""
    orders = [*permutations(game.players)]
    totals = dict.fromkeys(game.players, 0)
    for order in orders:
        for i, one in enumerate(order):
            before = frozenset(order[:i])
            totals[one] += game.value(before | {one}) - game.value(before)
    return {one: Fraction(total, len(orders)) for one, total in totals.items()}


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=8), st.integers(0, 2**63 - 1))
def test_in_an_additive_game_everybody_has_their_own(worths: list[int], seed: int) -> None:
    own = dict(enumerate(worths))
    assert leave_one_out(additive(worths)) == own
    assert shapley(additive(worths), Shapley(permutations=3, tolerance=Decimal(0)), seed) == own


@given(
    st.integers(1, 6).flatmap(
        lambda n: st.tuples(
            st.just(n), st.lists(st.integers(-(10**9), 10**9), min_size=2**n, max_size=2**n)
        )
    ),
    st.integers(1, 9),
    st.integers(0, 2**63 - 1),
)
def test_shapley_values_share_out_the_whole(
    game: tuple[int, list[int]], orders: int, seed: int
) -> None:
    n, table = game
    played = Played(range(n), lambda present: table[sum(1 << one for one in present)])
    found = shapley(played, Shapley(permutations=orders, tolerance=Decimal(0)), seed)
    assert abs(sum(found.values()) - (table[-1] - table[0])) <= n / 2  # each is rounded once


def test_shapley_values_are_those_of_the_definition() -> None:
    def worth(present: frozenset[int]) -> int:
        return 1000 * len(present) ** 2 + (5000 if {0, 2} <= present else 0) - 300 * (3 in present)

    game = Played(range(4), worth)
    found = shapley(game, Shapley(permutations=2000, tolerance=Decimal(0)), 1)
    for one, value in exact(game).items():
        assert found[one] == pytest.approx(float(value), abs=150)


def test_the_seed_decides_the_orders() -> None:
    game = Played(range(5), lambda present: max(present, default=0) ** 3 * 1000)
    options = Shapley(permutations=3)
    first = shapley(game, options, 1)
    assert shapley(game, options, 1) == first
    assert any(shapley(game, options, seed) != first for seed in range(2, 6))


def test_an_order_ends_where_little_is_to_come() -> None:
    def first_is_enough(present: frozenset[int]) -> int:
        return 1_000_000 + len(present) if present else 0

    whole, cut = (Played(range(10), first_is_enough) for _ in range(2))
    shapley(whole, Shapley(permutations=4, tolerance=Decimal(0)), 1)
    found = shapley(cut, Shapley(permutations=4, tolerance=Decimal("0.01")), 1)
    assert (whole.asked, cut.asked) == (2 + 4 * 10, 2 + 4)
    assert sum(found.values()) == pytest.approx(1_000_000, rel=0.01)


def test_the_task_chooses_the_method() -> None:
    game = Played(range(2), lambda present: 10 * (len(present) == 2))
    assert contributions(game, LeaveOneOut(), 1) == {0: 10, 1: 10}
    assert contributions(game, Shapley(permutations=2), 1) == {0: 5, 1: 5}
