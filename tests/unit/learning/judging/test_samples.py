"""What a member scores on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.learning.data import Dataset
from weftwork.learning.judging.bounds import MAX_SAMPLES, MIN_SAMPLES
from weftwork.learning.judging.samples import affordable, chosen


def numbered(count: int, first: int = 0) -> Dataset:
    y = np.arange(first, first + count)
    return Dataset(y.astype(np.float32).reshape(-1, 1), y)


def test_without_data_there_is_none() -> None:
    assert chosen((None, None), 1) is None
    assert chosen((None, numbered(0)), 1) is None


def test_few_are_all_taken_one_part_after_the_other() -> None:
    found = chosen((numbered(3), None, numbered(2, 10)), 1)
    assert found is not None
    assert found.y.tolist() == [0, 1, 2, 10, 11]
    assert found.x.ravel().tolist() == [0, 1, 2, 10, 11]


@given(st.integers(1, 500), st.integers(1, 500), st.integers(2, 100), st.integers(0, 2**63 - 1))
def test_many_are_drawn_in_proportion(first: int, second: int, most: int, seed: int) -> None:
    found = chosen((numbered(first), numbered(second, 1000)), seed, most)
    assert found is not None
    assert len(set(found.y.tolist())) == len(found) == min(most, first + second)
    share = int((found.y < 1000).sum())
    wanted = first if first + second <= most else most * first / (first + second)
    assert abs(share - wanted) <= 1
    again = chosen((numbered(first), numbered(second, 1000)), seed, most)
    assert again is not None
    assert np.array_equal(found.y, again.y)


def test_another_seed_takes_others() -> None:
    one, other = (chosen((numbered(1000),), seed) for seed in (1, 2))
    assert one is not None
    assert other is not None
    assert one.y.tolist() != other.y.tolist()


@pytest.mark.parametrize(
    ("updates", "weights", "trained", "wanted"),
    [
        (10, 1_000_000, 100_000, 512),  # 3 x 100,000 / 40 / 12 = 625
        (10, 1_000_000, 40_000, 250),
        (10, 1_000_000, 10_000, 64),  # 62.5
        (10, 100_000, 1_000, 416),  # 500 million / (12 x 100,000)
        (3, 4_810, 100, 512),
        (250, 10_000_000, 1, 64),
    ],
)
def test_scoring_costs_little_beside_training_or_little_at_all(
    updates: int, weights: int, trained: int, wanted: int
) -> None:
    assert affordable(updates, weights, trained) == wanted


@given(st.integers(0, 300), st.integers(1, 10**9), st.integers(0, 10**9))
def test_enough_to_tell_updates_apart(updates: int, weights: int, trained: int) -> None:
    found = affordable(updates, weights, trained)
    assert MIN_SAMPLES <= found <= MAX_SAMPLES
    assert affordable(updates + 1, weights, trained) <= found
    assert affordable(updates, weights, trained + 1000) >= found
