"""Sums in an order that is a definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.learning.aggregation.oracle import squared
from weftwork.learning.aggregation.sums import SUM_BLOCK, folded, squared_distance


def random(size: int, seed: int = 1) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.exp(np.random.default_rng(seed).normal(scale=8, size=size))


@given(st.lists(st.integers(0, 1 << 40), min_size=1, max_size=300))
def test_sums_of_integers_are_exact(numbers: list[int]) -> None:
    assert folded(np.array(numbers, np.float64)) == sum(numbers)


@pytest.mark.parametrize("size", [1, 2, 3, 1000, 65_537, SUM_BLOCK - 1, SUM_BLOCK])
def test_zeros_at_the_end_change_nothing(size: int) -> None:
    numbers = random(size)
    padded = np.concatenate([numbers, np.zeros(SUM_BLOCK - size)])
    while len(padded) > 1:
        padded = padded[: len(padded) // 2] + padded[len(padded) // 2 :]
    assert folded(numbers.copy()) == float(padded[0])


def test_the_order_is_one_of_many() -> None:
    """Another order has other bits: to define it is no formality."""
    numbers = random(1000)
    assert len({folded(numbers.copy()), folded(numbers[::-1].copy()), float(sum(numbers))}) > 1


def test_a_difference_is_taken_in_float64() -> None:
    one, other = np.array([1.0], np.float32), np.array([1e-20], np.float32)
    far = np.array([3e38], np.float32)
    assert squared_distance(one, other, np.empty(1)) == (1 - float(other[0])) ** 2
    assert squared_distance(far, -far, np.empty(1)) == (2 * float(far[0])) ** 2
    assert squared_distance(far, None, np.empty(1)) == float(far[0]) ** 2


@given(st.integers(1, 2000), st.integers(0, 99))
def test_a_block_is_the_oracles(size: int, seed: int) -> None:
    one = random(size, seed).astype(np.float32)
    other = random(size, seed + 100).astype(np.float32)
    found = squared_distance(one, other, np.empty(size))
    assert found == squared([one.astype(np.float64)], [other.astype(np.float64)])
