"""Sorting place by place, in one order whatever the processor."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.learning.aggregation import order
from weftwork.learning.aggregation.order import Ordered, comparisons

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("count", range(1, 11))
@pytest.mark.parametrize("trim", range(3))
def test_zeros_and_ones_of_every_kind_get_into_order(count: int, trim: int) -> None:
    """What sorts them all sorts everything (Knuth 5.3.4, the zero-one principle)."""
    wanted = frozenset(range(trim, count - trim))
    for bits in product((0, 1), repeat=count):
        row = list(bits)
        for low, high in comparisons(count, wanted):
            row[low], row[high] = min(row[low], row[high]), max(row[low], row[high])
        assert [row[i] for i in wanted] == [sorted(bits)[i] for i in wanted]


def test_a_median_needs_fewer_comparisons() -> None:
    assert len(comparisons(9, frozenset({4}))) < len(comparisons(9, frozenset(range(9))))
    assert len(comparisons(256, frozenset(range(256)))) < 256 * 16


@given(st.lists(finite, min_size=1, max_size=20))
def test_every_float_has_its_place_and_its_bits(values: list[float]) -> None:
    ordered = Ordered(len(values), range(len(values)))
    found = np.array(ordered.places([np.array([one], np.float32) for one in values])).reshape(-1)
    wanted = sorted(values, key=lambda one: (one, np.copysign(1, one)))
    assert found.tobytes() == np.array(wanted, np.float32).tobytes()


def test_minus_zero_comes_first() -> None:
    zeros = [np.array([0.0, -0.0], np.float32), np.array([-0.0, 0.0], np.float32)]
    low, high = Ordered(2, (0, 1)).places(zeros)
    assert np.signbit(low).all()
    assert not np.signbit(high).any()


def test_room_does_not_grow_with_the_updates() -> None:
    assert all(Ordered(count, (0,)).step * count <= order.ROOM for count in (1, 10, 256))
