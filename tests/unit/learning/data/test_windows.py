"""Sensor time series cut into windows: the same windows wherever a batch ends."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.errors import DataError
from weftwork.learning.data import Dataset, Schema, Windows, cutting, load, windows
from weftwork.learning.data.cutting import Block, Cutter

PUMPS = {"features": {"shape": [2, 3], "names": ["pressure", "noise"]}}
CLASSES = Schema.model_validate(PUMPS | {"labels": {"classes": 3}})
WEAR = Schema.model_validate(PUMPS | {"targets": {"names": ["wear"]}})
ITSELF = Schema.model_validate(PUMPS)

READINGS = """machine,time,noise,pressure,state,wear
a,1,10,1,0,0.1
b,1,20,5,1,0.5
a,2,11,2,1,0.2
a,3,12,3,1,0.3
b,2,21,6,0,0.6
a,4,13,4,0,0.4
b,3,22,7,0,0.7
"""


def read(folder: Path, text: str, schema: Schema, **options: object) -> Dataset:
    (folder / "pumps.csv").write_text(text)
    source = {"kind": "windows", "path": folder / "pumps.csv", "length": 3, "stride": 1}
    return load(Windows.model_validate(source | options), schema)


def test_windows_of_each_machine_in_the_order_of_their_ends(tmp_path: Path) -> None:
    data = read(tmp_path, READINGS, CLASSES, group="machine", time="time", label="state")
    assert data.x.tolist() == [
        [[1, 2, 3], [10, 11, 12]],
        [[2, 3, 4], [11, 12, 13]],
        [[5, 6, 7], [20, 21, 22]],
    ]
    assert data.y.tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("rule", "labels"), [("last", [1, 0, 0]), ("any", [1, 1, 1]), ("majority", [1, 1, 0])]
)
def test_a_windows_class(tmp_path: Path, rule: str, labels: list[int]) -> None:
    data = read(tmp_path, READINGS, CLASSES, group="machine", label="state", label_rule=rule)
    assert data.y.tolist() == labels


def test_of_equals_the_smallest_class_has_the_majority_and_any_is_the_last_fault(
    tmp_path: Path,
) -> None:
    text = "pressure,noise,state\n" + "".join(f"1,1,{state}\n" for state in (2, 1, 0, 0, 0, 0))
    for rule, labels in (("majority", [0, 0, 0, 0]), ("any", [1, 1, 0, 0])):
        data = read(tmp_path, text, CLASSES, label="state", label_rule=rule)
        assert data.y.tolist() == labels


def test_targets_are_those_of_the_last_row(tmp_path: Path) -> None:
    data = read(tmp_path, READINGS, WEAR, group="machine")
    assert np.allclose(data.y, [[0.3], [0.4], [0.7]])


def test_without_labels_nothing_is_known_to_be_an_anomaly(tmp_path: Path) -> None:
    assert read(tmp_path, READINGS, ITSELF, group="machine").y.tolist() == [0, 0, 0]
    named = READINGS.replace(",0,", ",normal,").replace(",1,0", ",anomaly,0")
    data = read(tmp_path, named, ITSELF, group="machine", label="state", label_rule="any")
    assert data.y.tolist() == [1, 1, 1]


def test_columns_are_all_that_have_no_other_use(tmp_path: Path) -> None:
    schema = Schema.model_validate({"features": {"shape": [2, 3]}, "labels": {"classes": 3}})
    text = READINGS.replace(",wear", "").replace(",0.", "#")
    text = "\n".join(line.split("#")[0] for line in text.split("\n"))
    data = read(tmp_path, text, schema, group="machine", time="time", label="state")
    assert data.x[0].tolist() == [[10, 11, 12], [1, 2, 3]]


def test_columns_may_be_named_and_values_scaled(tmp_path: Path) -> None:
    data = read(
        tmp_path, READINGS, ITSELF, group="machine", columns=["noise", "wear"], divide_by=10
    )
    np.testing.assert_allclose(data.x[0], [[1, 1.1, 1.2], [0.01, 0.02, 0.03]], rtol=1e-6)


@pytest.mark.parametrize("times", [pa.timestamp("us"), pa.timestamp("ms", "UTC"), pa.date32()])
def test_a_parquet_table(tmp_path: Path, times: pa.DataType) -> None:
    table = {
        "pressure": [1.0, 2, 3, 4],
        "noise": pa.array([1, 2, 3, 4], pa.int8()),
        "time": pa.array([86400000 * day for day in (1, 2, 3, 4)]).cast(pa.timestamp("ms")),
        "run": pa.array([7, 7, 7, 8]).dictionary_encode(),
    }
    table["time"] = table["time"].cast(times)
    pa.parquet.write_table(pa.table(table), tmp_path / "t")
    source = Windows(
        kind="windows", path=tmp_path / "t", format="parquet", length=3, time="time", group="run"
    )
    assert load(source, ITSELF).x.tolist() == [[[1, 2, 3], [1, 2, 3]]]


def test_by_default_no_reading_is_in_two_windows(tmp_path: Path) -> None:
    rows = "noise\n" + "".join(f"{i}\n" for i in range(8))
    schema = Schema.model_validate({"features": {"shape": [1, 3]}})
    data = read(tmp_path, rows, schema, stride=None)
    assert data.x.tolist() == [[[0, 1, 2]], [[3, 4, 5]]]


@pytest.mark.parametrize(
    ("length", "stride", "overlap"), [(3, None, 1), (3, 3, 1), (3, 4, 1), (3, 2, 2), (3, 1, 3)]
)
def test_in_how_many_windows_a_row_may_be(length: int, stride: int | None, overlap: int) -> None:
    source = Windows(kind="windows", path=Path("t"), length=length, stride=stride)
    assert source.overlap == overlap
    cutter, rows = Cutter(length, source.step), np.arange(40)
    block = Block(rows, rows[:, None].astype(np.float64), rows)
    cut = cutter.cut(block, ["a"], np.zeros(40, np.int64), np.zeros(40, np.bool_))
    assert np.bincount(cut.rows.ravel()).max() == overlap


@given(
    groups=st.lists(st.sampled_from("abc"), min_size=1, max_size=40),
    gaps=st.sets(st.integers(0, 39)),
    length=st.integers(1, 5),
    stride=st.integers(1, 7),
    batch=st.integers(1, 40),
)
def test_windows_do_not_depend_on_batches(
    groups: list[str], gaps: set[int], length: int, stride: int, batch: int
) -> None:
    cutter, found = Cutter(length, stride), []
    for start in range(0, len(groups), batch):
        part = groups[start : start + batch]
        names = sorted(set(part))
        rows = start + np.arange(len(part))
        block = Block(rows, rows[:, None].astype(np.float64), -rows)
        codes = np.array([names.index(one) for one in part])
        cut = cutter.cut(block, names, codes, np.isin(rows, list(gaps)))
        assert np.array_equal(cut.values[..., 0], cut.rows)
        assert np.array_equal(cut.y, -cut.rows)
        found += cut.rows.tolist()
    expected = []
    for name in set(groups):
        mine = [row for row, one in enumerate(groups) if one == name]
        for run in np.split(mine, [i for i, row in enumerate(mine) if row in gaps]):
            starts = range(0, len(run) - length + 1, stride)
            expected += [run[start : start + length].tolist() for start in starts]
    assert found == sorted(expected, key=lambda window: window[-1])


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_a_file_gives_the_same_windows_in_batches_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(windows, "MAX_ROWS", rows)
    data = read(tmp_path, READINGS, CLASSES, group="machine", time="time", label="state")
    assert data.x[:, 0].tolist() == [[1, 2, 3], [2, 3, 4], [5, 6, 7]]
    wrong = READINGS.replace("b,3,22,7", "b,3,22,inf")
    with pytest.raises(DataError, match="row 7, column 'pressure': inf is no finite"):
        read(tmp_path, wrong, CLASSES, group="machine", time="time", label="state")
    back = READINGS.replace("a,4,", "a,3,")
    with pytest.raises(DataError, match="row 6, column 'time': is not later than the row before"):
        read(tmp_path, back, CLASSES, group="machine", time="time", label="state")


def test_a_group_that_goes_on_too_late_is_an_error_rather_than_another_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "MAX_KEPT", 3)
    monkeypatch.setattr(windows, "MAX_ROWS", 1)
    runs = "machine,pressure,noise\n" + "".join(f"{run},1,2\n" for run in "aaabbbccc")
    assert len(read(tmp_path, runs, ITSELF, group="machine")) == 3
    with pytest.raises(DataError, match=r"row 10: its group began too many .* by 'machine'"):
        read(tmp_path, runs + "a,1,2\n", ITSELF, group="machine")


@pytest.mark.parametrize("rows_at_once", [1, 2, 100])
@pytest.mark.parametrize(
    ("times", "max_gap"),
    [
        ("0 1 2 5 6 7 8", 2.5),
        ("-3 -2 -1 2 3 4 5", 1),
        ("0.6 0.7 0.8 1.0 1.1 1.2 1.3", 0.1),  # in doubles 0.7 - 0.6 and 1.1 - 1.0 are larger
        ("1700000000000000001 1700000000000000002 1700000000000000003 1700000000000000005"
         " 1700000000000000006 1700000000000000007 1700000000000000008", 1),
        ("2024-01-01T00:00:58Z 2024-01-01T00:00:59Z 2024-01-01T00:01:00Z 2024-01-01T00:01:02Z"
         " 2024-01-01T00:01:03Z 2024-01-01T00:01:03.5Z 2024-01-01T00:01:04Z", 1.5),
        ("2024-01-01 2024-01-02 2024-01-03 2024-01-05 2024-01-06 2024-01-07 2024-01-08", 86400),
    ],
)  # fmt: skip
def test_no_window_crosses_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: str, max_gap: float, rows_at_once: int
) -> None:
    monkeypatch.setattr(windows, "MAX_ROWS", rows_at_once)
    schema = Schema.model_validate({"features": {"shape": [1, 3]}})
    text = "time,noise\n" + "".join(f"{time},{i}\n" for i, time in enumerate(times.split()))
    assert read(tmp_path, text, schema, time="time").x[:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    data = read(tmp_path, text, schema, time="time", max_gap=max_gap)
    assert data.x[:, 0, 0].tolist() == [0, 3, 4]


def test_each_group_has_its_own_gaps(tmp_path: Path) -> None:
    data = read(tmp_path, READINGS, ITSELF, group="machine", time="time", max_gap=1)
    assert len(data) == 3
    later = READINGS.replace("b,3,", "b,4,")
    data = read(tmp_path, later, ITSELF, group="machine", time="time", max_gap=1)
    assert data.x[:, 0].tolist() == [[1, 2, 3], [2, 3, 4]]


def test_after_a_gap_a_group_may_go_on_however_many_groups_were_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept of it would fill no window any more."""
    monkeypatch.setattr(cutting, "MAX_KEPT", 3)
    monkeypatch.setattr(windows, "MAX_ROWS", 1)
    text = "machine,time,pressure,noise\n" + "".join(
        f"{run},{time},1,2\n" for time, run in enumerate("aaabbbcccaaaa")
    )
    assert len(read(tmp_path, text, ITSELF, group="machine", time="time", max_gap=1)) == 5


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_of_dates_a_gap_is_in_seconds(tmp_path: Path, unit: str) -> None:
    seconds = pa.array([1, 2, 4, 5], pa.int64()).cast(pa.timestamp("s")).cast(pa.timestamp(unit))
    pa.parquet.write_table(pa.table({"noise": [1, 2, 3, 4], "time": seconds}), tmp_path / "t")
    schema = Schema.model_validate({"features": {"shape": [1, 2]}})
    given = {"kind": "windows", "path": tmp_path / "t", "format": "parquet", "length": 2}
    source = Windows.model_validate(given | {"stride": 1, "time": "time", "max_gap": 1})
    assert load(source, schema).x[:, 0].tolist() == [[1, 2], [3, 4]]


def test_no_window_without_a_gap(tmp_path: Path) -> None:
    text = "time,pressure,noise\n1,1,1\n2,1,1\n4,1,1\n"
    with pytest.raises(DataError, match="has no 3 rows without a gap longer than 1 for a window"):
        read(tmp_path, text, ITSELF, time="time", max_gap=1)


def test_decimal_commas(tmp_path: Path) -> None:
    schema = Schema.model_validate({"features": {"shape": [1, 3]}})
    for times in ("0,5 0,75 1,25", "2024-01-01 2024-01-02 2024-01-03"):
        rows = "".join(f"{time};0,1\n" for time in times.split())
        options = {"delimiter": ";", "decimal": ",", "time": "time"}
        data = read(tmp_path, "time;noise\n" + rows, schema, **options)
        np.testing.assert_allclose(data.x, [[[0.1, 0.1, 0.1]]], rtol=1e-6)
    with pytest.raises(DataError, match="row 2, column 'time': is not later"):
        read(tmp_path, "time;noise\n0,5;1\n0,25;1\n", schema, **options)


def test_a_blank_line_joins_no_readings_that_are_no_neighbours(tmp_path: Path) -> None:
    schema = Schema.model_validate({"features": {"shape": [1, 3]}})
    assert len(read(tmp_path, "noise\n1\n2\n3\n\n", schema)) == 1
    with pytest.raises(DataError, match=r"pumps\.csv: row 3, column 'noise': is empty"):
        read(tmp_path, "noise\n1\n2\n\n3\n4\n", schema)


@pytest.mark.parametrize(
    ("times", "row"),
    [
        ("2024-01-01T00:00:00 2024-01-01T00:00:01 2024-01-02", None),
        ("2024-01-01T00:00:00Z 2024-01-01T02:00:00+01:00 2024-01-01T01:30:00Z", None),
        ("2024-01-01T00:00:00Z 2024-01-01T02:00:00+02:00 2024-01-01T01:30:00Z", 2),
        ("1 2.5 3", None),
        ("1 3 2.5", 3),
        ("1700000000000000001 1700000000000000002 1700000000000000003", None),
        ("1700000000000000001 1700000000000000002 1700000000000000002", 3),
    ],
)
def test_times_ascend(tmp_path: Path, times: str, row: int | None) -> None:
    text = "time,pressure,noise\n" + "".join(f"{time},1,2\n" for time in times.split())
    if row is None:
        assert len(read(tmp_path, text, ITSELF, time="time")) == 1
    else:
        with pytest.raises(DataError, match=f"row {row}, column 'time': is not later than"):
            read(tmp_path, text, ITSELF, time="time")


@pytest.mark.parametrize(
    ("change", "options", "problem"),
    [
        (("a,3,12", "a,3,loud"), {}, "row 4, column 'noise': 'loud' is no number"),
        (("a,3,12", "a,3,"), {}, "row 4, column 'noise': is empty"),
        (("a,3,12", "a,3,nan"), {}, "row 4, column 'noise': nan is no finite"),
        (("a,3,12", ",3,12"), {}, "row 4, column 'machine': is empty"),
        (("a,3,12", "a,soon,12"), {}, "row 4, column 'time': 'soon' is no time like the first"),
        (
            ("a,1,10", "a,01.02.2024 12:00,10"),
            {},
            "row 1, column 'time': '01.02.2024 12:00' is neither a number nor an ISO 8601 time",
        ),
        (("7,0,0.7", "7,3,0.7"), {}, "row 7, column 'state': '3' is not a class"),
        (("", ""), {"length": 5}, r"windows of 2 columns and 5 rows have shape \[2, 5\]"),
        (("", ""), {"columns": ["noise"]}, r"windows of 1 columns and 3 rows"),
        (("", ""), {"columns": ["noise", "heat"]}, "no column 'heat'; it has 'machine'"),
        (("", ""), {"columns": ["noise", "state"]}, "'state' is the label"),
        (("", ""), {"group": "site"}, "no column 'site'"),
        (("", ""), {"label": None}, "by the option label"),
        (("wear", "noise"), {}, "appear twice: 'noise'"),
    ],
)
def test_what_does_not_fit_says_where(
    tmp_path: Path, change: tuple[str, str], options: dict[str, object], problem: str
) -> None:
    usual = {"group": "machine", "time": "time", "label": "state"}
    with pytest.raises(DataError, match=rf"pumps\.csv: .*{problem}"):
        read(tmp_path, READINGS.replace(*change), CLASSES, **(usual | options))


def test_no_group_that_is_long_enough(tmp_path: Path) -> None:
    short = "\n".join(READINGS.split("\n")[:4])
    with pytest.raises(DataError, match="has no 3 rows of a group for a window"):
        read(tmp_path, short, CLASSES, group="machine", label="state")


def test_a_target_that_is_a_channel_gives_the_answer_away(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'wear' is a target and cannot be a feature"):
        read(tmp_path, READINGS, WEAR, columns=["noise", "wear"])


def test_a_time_of_another_type(tmp_path: Path) -> None:
    table = {"pressure": [1.0] * 3, "noise": [1.0] * 3, "time": [[1], [2], [3]]}
    pa.parquet.write_table(pa.table(table), tmp_path / "t")
    source = Windows(kind="windows", path=tmp_path / "t", format="parquet", length=3, time="time")
    with pytest.raises(DataError, match=r"column 'time': holds list.*, times or numbers"):
        load(source, ITSELF)


@pytest.mark.parametrize("change", [("a,3,12", "a,secret,12"), ("a,3,12", "a,3,secret")])
def test_what_may_be_logged_shows_nothing_of_the_data(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    with pytest.raises(DataError, match="secret") as caught:
        read(tmp_path, READINGS.replace(*change), ITSELF, group="machine", time="time")
    assert "secret" not in caught.value.without_values
    assert "row 4, column" in caught.value.without_values


def test_thousands_of_groups_and_classes(tmp_path: Path) -> None:
    """What is done for each of them must not look at all rows."""
    schema = Schema.model_validate(PUMPS | {"labels": {"classes": 65536}})
    rows = (f"m{i // 3},{i},1,2,{i}\n" for i in range(60_000))
    text = "machine,time,pressure,noise,state\n" + "".join(rows)
    data = read(tmp_path, text, schema, group="machine", time="time", label="state")
    assert data.y.tolist() == list(range(2, 60_000, 3))


def test_space_around_a_groups_name_makes_no_other_group(tmp_path: Path) -> None:
    loose = READINGS.replace("a,2", " a ,2").replace("b,3", "b ,3")
    data = read(tmp_path, loose, ITSELF, group="machine", time="time")
    assert data.x[:, 0].tolist() == [[1, 2, 3], [2, 3, 4], [5, 6, 7]]
