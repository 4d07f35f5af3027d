"""What a member scores on."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from weftwork.learning.data import Dataset
from weftwork.learning.judging.samples import chosen


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
