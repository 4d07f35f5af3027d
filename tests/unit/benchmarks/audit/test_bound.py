"""The lower bound of epsilon: beside brute force, and wrong no more than once in twenty times."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.audit.bound import lower_bound, p_value


def by_hand(canaries: int, guesses: int, right: int, epsilon: float, delta: float) -> float:
    chance = 1 / (1 + math.exp(-epsilon))

    def mass(k: int) -> float:
        return math.comb(guesses, k) * chance**k * (1 - chance) ** (guesses - k)

    above = sum(mass(k) for k in range(right, guesses + 1))
    slopes = [sum(mass(k) for k in range(right - i, right)) / i for i in range(1, right + 1)]
    return min(1.0, above + 2 * canaries * delta * max(slopes, default=0.0))


@given(
    sizes=st.tuples(*[st.integers(0, 40)] * 3).map(sorted),
    epsilon=st.floats(0, 6),
    delta=st.sampled_from([0.0, 1e-5, 1e-3, 0.1]),
)
def test_it_is_the_theorems(sizes: list[int], epsilon: float, delta: float) -> None:
    right, guesses, canaries = sizes
    found = p_value(canaries, guesses, right, epsilon, delta)
    assert found == pytest.approx(by_hand(canaries, guesses, right, epsilon, delta), rel=1e-9)


@pytest.mark.parametrize(("guesses", "epsilon"), [(100, 3.493), (1000, 5.809)])
def test_all_right_refutes_so_much_and_no_more(guesses: int, epsilon: float) -> None:
    """(1 + exp(-epsilon))^-r = 0.05."""
    found = lower_bound(guesses, guesses, guesses)
    assert found == pytest.approx(epsilon, abs=1e-3)
    assert (1 + math.exp(-found)) ** -guesses == pytest.approx(0.05, rel=1e-6)


def test_no_better_than_chance_refutes_nothing() -> None:
    assert lower_bound(1000, 1000, 500) == 0.0
    assert lower_bound(1000, 0, 0) == 0.0


@given(right=st.integers(60, 100), delta=st.floats(0, 1e-3))
def test_a_delta_only_weakens_the_bound(right: int, delta: float) -> None:
    assert lower_bound(200, 100, right, delta) <= lower_bound(200, 100, right) + 1e-9
    assert lower_bound(200, 100, right, delta, 0.01) <= lower_bound(200, 100, right, delta) + 1e-9


@pytest.mark.parametrize("epsilon", [0.5, 2.0])
def test_what_is_true_is_refuted_one_time_in_twenty(epsilon: float) -> None:
    """Randomised response is what the bound is exact for; the seed is fixed."""
    chance = 1 / (1 + math.exp(-epsilon))
    right = np.random.default_rng(1).binomial(200, chance, 2000)
    bounds = {int(one): lower_bound(200, 200, int(one)) for one in set(right.tolist())}
    refuted = np.mean([bounds[int(one)] > epsilon for one in right])
    assert 0.02 < refuted < 0.06


@pytest.mark.parametrize("wrong", [(5, 6, 3), (5, 4, 5), (5, 4, -1)])
def test_what_cannot_be(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="must hold"):
        p_value(*wrong, 1.0, 0.0)
