"""Parts of a data set: disjoint, complete, and the same everywhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.unit.learning.examples import SCHEMA
from weftwork.errors import DataError
from weftwork.learning.data import Builtin, Npz, Schema, Split, Windows, load, windows
from weftwork.learning.data.portions import Spans
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


def cut(groups: list[int], length: int, stride: int) -> Spans:
    """Windows of the rows of each group, in the order of their last rows."""
    found = []
    for group in set(groups):
        mine = [row for row, one in enumerate(groups) if one == group]
        starts = range(0, len(mine) - length + 1, stride)
        found += [(mine[start + length - 1], mine[start], group) for start in starts]
    last, first, group_ = (np.array(x, np.int64) for x in zip(*sorted(found), strict=True))
    return Spans(group_, first, last)


def parts(spans: Spans, **split: Any) -> tuple[list[int], list[int]]:
    y = np.zeros(len(spans.group), np.int64)
    one, other = (
        split_rows(y, Split.model_validate({"part": part} | split), spans).tolist()
        for part in ("train", "test")
    )
    return one, other


several = st.lists(st.integers(0, 3), min_size=5, max_size=60).filter(
    lambda groups: max(groups.count(one) for one in groups) >= 5
)


@given(several, st.integers(1, 5), st.integers(1, 6), fractions)
def test_by_order_each_groups_tail_is_the_test_part_and_no_row_is_in_both(
    groups: list[int], length: int, stride: int, fraction: float
) -> None:
    spans = cut(groups, length, stride)
    train, test = parts(spans, by="order", test_fraction=fraction)
    for group in np.unique(spans.group):
        mine = np.flatnonzero(spans.group == group).tolist()
        tail = [row for row in mine if row in test]
        assert abs(len(tail) - len(mine) * fraction) <= 0.5 + 1e-9
        assert tail == mine[len(mine) - len(tail) :]
        begin = spans.first[tail].min() if tail else len(groups)
        kept = [row for row in mine if row in train]
        assert kept == [row for row in mine if row not in test and spans.last[row] < begin]
        if stride >= length:
            assert len(kept) + len(tail) == len(mine)


def test_windows_at_the_cut_are_dropped() -> None:
    train, test = parts(cut([0] * 12, length=3, stride=1), by="order", test_fraction=0.3)
    assert (train, test) == ([0, 1, 2, 3, 4], [7, 8, 9])


@given(several, st.integers(1, 5), st.integers(1, 6), fractions, seeds)
def test_by_group_whole_groups_are_held_out(
    groups: list[int], length: int, stride: int, fraction: float, seed: int
) -> None:
    spans = cut(groups, length, stride)
    train, test = parts(spans, by="group", test_fraction=fraction, seed=seed)
    assert sorted(train + test) == list(range(len(spans.group)))
    held_out, kept = set(spans.group[test].tolist()), set(spans.group[train].tolist())
    assert not held_out & kept
    assert abs(len(held_out) - len(held_out | kept) * fraction) <= 0.5 + 1e-9


def test_which_groups_follows_from_the_seed() -> None:
    spans = cut(list(range(20)) * 2, length=2, stride=2)
    drawn = [parts(spans, by="group", test_fraction=0.3, seed=seed)[1] for seed in (1, 2)]
    assert drawn[0] != drawn[1]
    assert drawn[0] == sorted([9, 16, 2, 18, 19, 14])


def machines(folder: Path) -> dict[str, object]:
    """Ten machines whose readings alternate; a reading's hundreds are the machine's number."""
    rows = [f"m{i % 10},{i % 10 * 100 + i // 10}" for i in range(100)]
    (folder / "t.csv").write_text("machine,noise\n" + "\n".join(rows))
    return {"kind": "windows", "path": folder / "t.csv", "length": 3, "group": "machine"}


@pytest.mark.parametrize("rows_at_once", [7, 1000])
def test_windows_of_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    monkeypatch.setattr(windows, "MAX_ROWS", rows_at_once)
    schema = Schema.model_validate({"features": {"shape": [1, 3]}})
    table = machines(tmp_path)

    def readings(part: str, by: str, **options: object) -> set[int]:
        split = {"part": part, "test_fraction": 0.3, "by": by, "seed": 1}
        source = Windows.model_validate(table | {"split": split} | options)
        return set(load(source, schema).x.ravel().astype(int).tolist())

    train, test = (readings(part, "group") for part in ("train", "test"))
    assert {one // 100 for one in test} == {9, 2, 4}
    assert {one // 100 for one in train} == set(range(10)) - {9, 2, 4}
    train, test = (readings(part, "order", stride=1) for part in ("train", "test"))
    assert {one % 100 for one in test} == {6, 7, 8, 9}
    assert {one % 100 for one in train} == {0, 1, 2, 3, 4, 5}
    assert {one // 100 for one in train} == {one // 100 for one in test} == set(range(10))


def test_no_group_for_a_part(tmp_path: Path) -> None:
    split = Split(part="test", test_fraction=0.01, by="group")
    source = Windows.model_validate(machines(tmp_path) | {"split": split})
    with pytest.raises(DataError, match="of 30 samples in 10 groups the test part has none"):
        load(source, Schema.model_validate({"features": {"shape": [1, 3]}}))


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
