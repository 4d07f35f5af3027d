"""The exact mean against an oracle of rational arithmetic, compiled and not."""

import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from weftwork.learning.aggregation import MAX_WEIGHT, kernels
from weftwork.learning.aggregation.mean import Mean

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
weights = st.integers(1, MAX_WEIGHT)
columns = st.lists(st.tuples(finite, weights), min_size=1, max_size=12)


def oracle(values: list[tuple[float, int]]) -> np.float32:
    """The specification in rational numbers: each step rounds once, to nearest even.

    CPython's conversions of a Fraction and `np.float32` of a double both round correctly.
    """
    total = 0.0
    for value, weight in values:
        total = float(Fraction(total) + Fraction(value) * weight)
    return np.float32(float(Fraction(total) / sum(weight for _, weight in values)))


def weighted_mean(
    arrays: list[NDArray[np.float32]], counts: list[int], *, compiled: bool = False
) -> NDArray[np.float32]:
    """Both ways to the mean, which must be one."""
    room, out = np.empty(len(arrays[0])), np.empty(len(arrays[0]), np.float32)
    made = Mean(counts, fast=compiled)
    single = made.single(arrays, room, out)
    assert made.double(arrays, room).astype(np.float32).tobytes() == single.tobytes()
    return single


def mean(values: list[tuple[float, int]], *, compiled: bool = False) -> np.float32:
    arrays = [np.array([value], np.float32) for value, _ in values]
    counts = [weight for _, weight in values]
    result: np.float32 = weighted_mean(arrays, counts, compiled=compiled)[0]
    return result


@pytest.mark.parametrize("compiled", [False, True])
@given(columns)
def test_every_bit_is_the_oracles(compiled: bool, values: list[tuple[float, int]]) -> None:
    found = mean(values, compiled=compiled)
    assert found.tobytes() in (oracle(values).tobytes(), np.float32(-0.0).tobytes())
    assert found == oracle(values)


@pytest.mark.parametrize("updates", range(1, 8))
def test_what_is_compiled_has_the_bits_of_what_is_not(updates: int) -> None:
    assert kernels.compiled() is not None
    random = np.random.default_rng(updates)
    arrays = list(random.normal(size=(updates, 999)).astype(np.float32))
    arrays[0][::3], arrays[-1][::5] = -0.0, 1e-45
    counts = [int(n) for n in random.integers(1, MAX_WEIGHT, updates)]
    plain = Mean(counts, fast=False).double(arrays, np.empty(999))
    assert Mean(counts, fast=True).double(arrays, np.empty(999)).tobytes() == plain.tobytes()
    plain_single = weighted_mean(arrays, counts)
    assert weighted_mean(arrays, counts, compiled=True).tobytes() == plain_single.tobytes()


def test_without_a_compiler_the_bits_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [(0.1, 3), (1e30, 5), (-7.5, MAX_WEIGHT)]
    expected = mean(values, compiled=True)
    kernels.compiled.cache_clear()
    monkeypatch.setitem(sys.modules, "numba", None)
    assert mean(values, compiled=True).tobytes() == expected.tobytes()
    kernels.compiled.cache_clear()


@given(columns)
def test_the_mean_lies_between_the_smallest_and_the_largest(
    values: list[tuple[float, int]],
) -> None:
    numbers = [np.float32(value) for value, _ in values]
    assert min(numbers) <= mean(values) <= max(numbers)


@given(finite, st.lists(weights, min_size=1, max_size=12))
def test_equal_updates_are_their_own_mean(value: float, counts: list[int]) -> None:
    assert mean([(value, count) for count in counts]) == np.float32(value)


def test_the_order_of_updates_is_part_of_the_result() -> None:
    """Why all parties must aggregate in one order: float64 sums do round."""
    updates = [(1.0, 1), (2.0**60, 1), (-(2.0**60), 1)]
    assert mean(updates) == 0
    assert mean([updates[1], updates[2], updates[0]]) == np.float32(1 / 3)


@settings(max_examples=25)
@given(st.integers(1, 700), st.integers(0, 2**32 - 1))
def test_how_the_work_is_cut_into_blocks_changes_nothing(block: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    updates = random.normal(size=(3, 500)).astype(np.float32)
    counts = [int(n) for n in random.integers(1, 10_000, 3)]
    starts = random.permutation(range(0, 500, block))  # blocks may come in any order, too
    pieces = {s: weighted_mean(list(updates[:, s : s + block]), counts) for s in starts}
    whole = weighted_mean(list(updates), counts)
    assert np.concatenate([pieces[s] for s in sorted(pieces)]).tobytes() == whole.tobytes()
