"""Parts of a data set: disjoint, complete, and the same everywhere."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.unit.learning.examples import SCHEMA
from weftwork.errors import DataError
from weftwork.learning.data import Builtin, Npz, Schema, Split, load
from weftwork.learning.data.splits import shuffled, split_rows

labels = st.lists(st.integers(0, 4), min_size=1, max_size=200).map(np.array)
fractions = st.floats(0.01, 0.99)
seeds = st.integers(0, 2**63 - 1)


def rows(y: np.ndarray, part: str, fraction: float, seed: int = 0, by: str = "sample") -> list[int]:
    split = {"part": part, "test_fraction": fraction, "seed": seed, "by": by}
    return [int(row) for row in split_rows(y, Split.model_validate(split))]


@given(labels, fractions, seeds, st.sampled_from(["sample", "order"]))
def test_the_parts_are_disjoint_and_complete(
    y: np.ndarray, fraction: float, seed: int, by: str
) -> None:
    train, test = (rows(y, part, fraction, seed, by) for part in ("train", "test"))
    assert train == sorted(train)
    assert test == sorted(test)
    assert sorted(train + test) == list(range(len(y)))


@given(labels, fractions, seeds)
def test_of_each_class_the_test_part_has_its_share(
    y: np.ndarray, fraction: float, seed: int
) -> None:
    test = rows(y, "test", fraction, seed)
    for label in np.unique(y):
        count = np.count_nonzero(y == label)
        assert abs(np.count_nonzero(y[test] == label) - count * fraction) <= 0.5 + 1e-9


@given(labels, fractions)
def test_by_order_the_last_are_the_test_part(y: np.ndarray, fraction: float) -> None:
    test = rows(y, "test", fraction, by="order")
    assert test == list(range(len(y) - len(test), len(y)))
    assert abs(len(test) - len(y) * fraction) <= 0.5 + 1e-9


def test_the_same_samples_on_every_machine_and_with_every_version_of_numpy() -> None:
    assert shuffled(10, 7).tolist() == [6, 3, 4, 9, 0, 2, 8, 7, 5, 1]
    assert rows(np.arange(20) % 2, "test", 0.3, 7) == [3, 4, 6, 11, 12, 13]


def test_another_seed_is_another_split() -> None:
    y = np.zeros(100, np.int64)
    assert rows(y, "test", 0.2, 1) != rows(y, "test", 0.2, 2)


def test_targets_are_one_class() -> None:
    y = np.random.default_rng(0).normal(size=(10, 2))
    assert len(rows(y, "test", 0.3)) == 3


def test_a_source_may_hold_out_a_part() -> None:
    whole = load(Builtin(kind="builtin", name="digits"), SCHEMA)
    split = {"test_fraction": 0.1, "seed": 3}
    parts = []
    for part in ("train", "test"):
        source = {"kind": "builtin", "name": "digits", "split": {"part": part} | split}
        parts.append(load(Builtin.model_validate(source), SCHEMA))
        chosen = split_rows(whole.y, Split.model_validate({"part": part} | split))
        assert np.array_equal(parts[-1].x, whole.x[chosen])
    assert sum(map(len, parts)) == len(whole)


def test_a_part_without_a_sample(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", x=np.zeros((1, 1)), y=np.zeros(1, np.int64))
    schema = Schema.model_validate({"features": {"shape": [1]}, "labels": {"classes": 2}})
    split = Split(part="test", test_fraction=0.1)
    with pytest.raises(DataError, match=r"one\.npz: split: of 1 samples the test part has none"):
        load(Npz(kind="npz", path=tmp_path / "one.npz", split=split), schema)


@pytest.mark.parametrize("fraction", [0, 1, -0.5, float("nan")])
def test_a_fraction_that_splits_nothing(fraction: float) -> None:
    with pytest.raises(ValidationError):
        Split(part="test", test_fraction=fraction)
