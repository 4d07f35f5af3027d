"""A count that nobody can check never buys more than the cap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.errors import DataError
from weftwork.learning.aggregation import MAX_WEIGHT, capped

counts = st.integers(1, MAX_WEIGHT)
ratios = st.integers(1, 100)


@pytest.mark.parametrize(
    ("samples", "ratio", "expected"),
    [
        ([100, 90, 5000], 2, [100, 90, 200]),
        ([100, 90, 5000], 1, [100, 90, 100]),
        ([10, 1000], 3, [10, 30]),  # of two, the lower median is the smaller
        ([1, 2, 3, 400], 2, [1, 2, 3, 4]),
        ([7], 1, [7]),
        ([], 2, []),
    ],
)
def test_examples(samples: list[int], ratio: int, expected: list[int]) -> None:
    assert capped(samples, ratio) == expected


@given(st.lists(counts, min_size=1, max_size=9), counts, ratios)
def test_no_claim_weighs_more_than_the_others_allow(
    others: list[int], claim: int, ratio: int
) -> None:
    """Whatever one claims: `ratio` times a count of another's, the middle one or the next above."""
    most = ratio * sorted(others)[len(others) // 2]
    for own in (claim, MAX_WEIGHT):
        assert capped([*others, own], ratio)[-1] <= min(own, most)


@given(st.lists(counts, min_size=1, max_size=9), ratios)
def test_nobody_weighs_more_than_it_claims_and_half_of_them_all_of_it(
    samples: list[int], ratio: int
) -> None:
    weights = capped(samples, ratio)
    assert all(1 <= one <= claim for one, claim in zip(weights, samples, strict=True))
    kept = sum(one == claim for one, claim in zip(weights, samples, strict=True))
    assert 2 * kept >= len(samples)


@given(st.lists(counts, min_size=1, max_size=9), ratios)
def test_the_order_does_not_matter(samples: list[int], ratio: int) -> None:
    assert sorted(capped(samples, ratio)) == capped(sorted(samples), ratio)


@pytest.mark.parametrize(
    ("samples", "ratio", "message"),
    [([1], 0, "the cap on weights is 0 times"), ([3, 0], 2, "a count of 0 samples")],
)
def test_what_has_no_meaning_is_an_error(samples: list[int], ratio: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        capped(samples, ratio)
