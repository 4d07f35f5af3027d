"""What a source holds becomes what a model sees, in one place."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.errors import DataError
from weftwork.learning.data import Features, Labels, Normalisation, Schema, Targets
from weftwork.learning.data.portions import Origin, Portion
from weftwork.learning.data.preparation import prepared

NORMALISE = Normalisation(subtract=(Decimal("0.1"), Decimal(2)), divide=(Decimal("0.3"),))
NORMALISED = Schema(features=Features(shape=(2, 3), normalise=NORMALISE))
TOKENS = Schema(
    features=Features(shape=(2,), dtype="int64", vocabulary=9), labels=Labels(classes=2)
)
NO_LABELS = np.zeros(2, np.int64)
ORIGIN = Origin("file", first=10)


@given(st.integers(0, 2**32 - 1), st.sampled_from([np.uint8, np.int16, np.float32, np.float64]))
def test_numbers_are_normalised_in_float64_and_rounded_once(seed: int, kind: type) -> None:
    x: np.ndarray = np.random.default_rng(seed).uniform(0, 255, (2, 2, 3)).astype(kind)
    constants = np.array([0.1, 2.0]).reshape(1, 2, 1)
    expected = ((x.astype(np.float64) / 255.0 - constants) / 0.3).astype(np.float32)
    found = prepared(Portion(x, NO_LABELS, ORIGIN), NORMALISED, 255.0)
    assert found.x.dtype == np.float32
    assert np.array_equal(found.x, expected)


def test_large_offsets_lose_no_digits() -> None:
    """Seconds since 1970 are no float32; their distance to the task's constant is."""
    constant = Normalisation(subtract=(Decimal(1_700_000_000),))
    schema = Schema(features=Features(shape=(1,), normalise=constant))
    x = np.array([[1_700_000_001.0], [1_700_000_002.0]])
    assert prepared(Portion(x, NO_LABELS, ORIGIN), schema).x.tolist() == [[1], [2]]


def test_targets_are_normalised_each_by_its_own() -> None:
    schema = Schema(
        features=Features(shape=(1,)),
        targets=Targets(names=("a", "b"), normalise=Normalisation(divide=(Decimal(2), Decimal(4)))),
    )
    found = prepared(Portion(np.ones((2, 1)), np.array([[2, 4], [4, 4]]), ORIGIN), schema, 10)
    assert found.y.dtype == np.float32
    assert found.y.tolist() == [[1, 1], [2, 1]]


def test_a_single_target_may_be_a_vector() -> None:
    schema = Schema(features=Features(shape=(1,)), targets=Targets(names=("a",)))
    found = prepared(Portion(np.ones((2, 1)), np.array([3, 4]), ORIGIN), schema)
    assert found.y.tolist() == [[3], [4]]


def test_whole_numbers_may_be_tokens_however_they_are_stored() -> None:
    x = np.array([[0, 8], [3, 1]])
    for kind in (np.uint64, np.int8, np.float16):
        found = prepared(Portion(x.astype(kind), NO_LABELS, ORIGIN), TOKENS).x
        assert found.dtype == np.int64
        assert np.array_equal(found, x)


@pytest.mark.parametrize(
    ("x", "problem"),
    [
        ([[1, 2], [3, 4.5]], r"file: row 12, feature \[1\]: 4.5 is no token"),
        ([[1, np.nan], [3, 4]], r"row 11, feature \[1\]: nan is no token"),
        ([[1, 2], [1e30, 4]], r"row 12, feature \[0\]: 1e\+30 is no token"),
        ([[1, 2], [3, 9]], r"row 12, feature \[1\]: token 9 is not in 0..8"),
        (np.array([[1, 2**64 - 1], [3, 4]], np.uint64), "row 11, .*: token -1 is not in"),
        ([["a", "b"]] * 2, "x is <U1"),
    ],
)
def test_what_is_no_token_is_named(x: object, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        prepared(Portion(np.asarray(x), NO_LABELS, ORIGIN), TOKENS)


def test_tokens_are_not_divided() -> None:
    with pytest.raises(DataError, match="divide_by: tokens are not divided"):
        prepared(Portion(np.ones((2, 2)), NO_LABELS, ORIGIN), TOKENS, 2)


def test_a_constant_that_takes_a_number_out_of_float32_is_an_error_with_its_place() -> None:
    tiny = Normalisation(divide=(Decimal("1e-20"),))
    schema = Schema(features=Features(shape=(1,), normalise=tiny))
    x = np.array([[1e10], [1e30]])
    with pytest.raises(DataError, match=r"file: row 12, feature \[0\]: inf is no finite number"):
        prepared(Portion(x, NO_LABELS, ORIGIN), schema)


def test_a_portion_may_be_empty() -> None:
    assert len(prepared(Portion(np.empty((0, 2)), NO_LABELS[:0], ORIGIN), TOKENS)) == 0
