"""Norms beside the others of their round."""

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.learning.judging.outliers import lower_median, norm_outliers, upload_outliers


def found(norms: list[float], samples: list[int] | None = None, own: int | None = None) -> set[int]:
    counts = samples or [100] * len(norms)
    return set(norm_outliers(dict(enumerate(norms)), dict(enumerate(counts)), own))


def test_equal_norms_and_a_single_one_are_none() -> None:
    assert found([2.0] * 7) == found([2.0]) == found([]) == set()


@pytest.mark.parametrize("factor", [5.0, 20.0, 1e30])
def test_one_among_ten_that_is_too_long(factor: float) -> None:
    assert found([1, 1.1, 0.9, 1, 1.2, 1, 0.8, 1, 1.05, factor]) == {9}


def test_one_that_is_absurdly_short() -> None:
    assert found([1, 1.1, 0.9, 1, 1.2, 1e-3]) == {5}
    assert found([1, 1.1, 0.9, 1, 1.2, 1e-2]) == set()  # a noisy threshold can do that


def test_where_norms_differ_anyway_the_bound_is_wider() -> None:
    apart = [exp(x) for x in (-2, -1.2, -0.6, 0, 0.5, 1.1, 2)]
    assert found([*apart, 9.0]) == set()
    assert found([1, 1.1, 0.9, 1, 1.2, 1.3, 0.8, 9.0]) == {7}


def test_more_samples_may_be_longer_in_proportion() -> None:
    norms = [1, 1.1, 0.9, 1, 1.2, 8.0]
    assert found(norms, [100] * 5 + [300]) == set()
    assert found(norms, [100] * 6) == {5}


def test_of_few_updates_the_bound_is_wider() -> None:
    assert found([1, 1.01, 8.0]) == set()
    assert found([1, 1.01, 12.0]) == {2}
    assert found([1, 1.02, 1.01, 12.0]) == {3}


def test_of_two_the_own_one_is_believed_else_the_shorter() -> None:
    assert found([1, 1000.0]) == {1}
    assert found([1, 1000.0], own=1) == {0}
    assert found([1, 1000.0], own=0) == {1}
    assert found([1, 9.0]) == set()


@given(st.lists(st.floats(1, 3.9), min_size=2, max_size=12), st.floats(1e-20, 1e20))
def test_norms_within_the_bound_are_none_whatever_their_unit(
    norms: list[float], unit: float
) -> None:
    assert found([unit * norm for norm in norms]) == set()


@given(st.lists(st.floats(0.9, 1.1), min_size=5, max_size=12), st.data())
def test_a_minority_that_is_too_long_is_found(norms: list[float], data: st.DataObject) -> None:
    bad = data.draw(st.integers(1, (len(norms) - 1) // 3))
    assert found([*norms, *[1e6] * bad]) == set(range(len(norms), len(norms) + bad))


def uploaded(norms: list[float], own: int | None = None) -> set[int]:
    return set(upload_outliers(dict(enumerate(norms)), dict.fromkeys(range(len(norms)), 100), own))


def test_of_uploads_only_the_long_ones_are_outliers() -> None:
    usual = [1, 1.1, 0.9, 1, 1.2]
    assert uploaded([*usual, 5.0]) == uploaded([*usual, 3e38]) == {5}
    assert uploaded([*usual, 1e-9]) == uploaded([*usual, 0.0]) == set()


def test_where_nobody_uploads_anything_who_does_is_one() -> None:
    assert uploaded([0.0] * 5) == uploaded([0.0]) == uploaded([1.0]) == set()
    assert uploaded([0.0, 0.0, 0.0, 1e-9]) == {3}
    assert uploaded([0.0, 3e38]) == {1}
    assert uploaded([0.0, 3e38], own=1) == set()


@given(st.lists(st.floats(0, 3e38), min_size=2, max_size=12))
def test_at_most_half_of_the_uploads_are_outliers(norms: list[float]) -> None:
    assert 2 * len(uploaded(norms)) <= len(norms)


@given(st.lists(st.floats(-10, 10), min_size=1))
def test_the_lower_median_is_one_of_them(numbers: list[float]) -> None:
    middle = lower_median(numbers)
    assert middle in numbers
    assert 2 * sum(one < middle for one in numbers) <= len(numbers)
    assert 2 * sum(one > middle for one in numbers) <= len(numbers) + 1
