"""CSV and Parquet: the same samples as from anywhere else, and errors with row and column."""

import gzip
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.learning.examples import SCHEMA as DIGITS
from tests.unit.learning.examples import digits
from weftwork.errors import DataError
from weftwork.learning.data import (
    Csv,
    Dataset,
    Features,
    Labels,
    Parquet,
    Schema,
    csvfile,
    load,
    portions,
)

PUMPS = Schema(features=Features(shape=(2,)), labels=Labels(classes=2, names=("sound", "worn")))
NUMBERED = Schema(features=Features(shape=(2,)), labels=Labels(classes=2))

HEADER = "pressure,noise,state\n"


def read(path: Path, text: str | bytes, schema: Schema = PUMPS, **options: object) -> Dataset:
    path = path / "pumps.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(
        Csv.model_validate({"kind": "csv", "path": path, "label": "state"} | options), schema
    )


def test_a_csv_file(tmp_path: Path) -> None:
    data = read(tmp_path, HEADER + '1.5, -2 ,worn\n"3e2",0,sound\n')
    assert data.x.tolist() == [[1.5, -2], [300, 0]]
    assert data.y.tolist() == [1, 0]


def test_features_are_taken_in_the_order_given_and_may_be_scaled(tmp_path: Path) -> None:
    text = "id;state;noise;pressure\na;1;4;2\nb;0;8;6\n"
    data = read(
        tmp_path,
        text,
        NUMBERED,
        delimiter=";",
        features=["pressure", "noise"],
        divide_by=2,
    )
    assert data.x.tolist() == [[1, 2], [3, 4]]
    assert data.y.tolist() == [1, 0]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_digits_survive_a_table(tmp_path: Path, kind: str) -> None:
    want, path = digits("test"), tmp_path / "digits"
    table = pa.table(
        {f"p{i}": (want.x[:, i] * 16).astype(np.uint8) for i in range(64)} | {"digit": want.y}
    )
    if kind == "csv":
        pa.csv.write_csv(table, path)
        got = load(Csv(kind="csv", path=path, label="digit", divide_by=16), DIGITS)
    else:
        pa.parquet.write_table(table, path, row_group_size=100)
        got = load(Parquet(kind="parquet", path=path, label="digit", divide_by=16), DIGITS)
    assert np.array_equal(got.x, want.x)
    assert np.array_equal(got.y, want.y)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("1,2,worn\n1,loud,worn\n", "row 2, column 'noise': 'loud' is no number"),
        ("1,2,worn\n1,,worn\n", "row 2, column 'noise': is empty"),
        ("1,2,worn\n1,  ,worn\n", "row 2, column 'noise': is empty"),
        ("1,nan,worn\n", "row 1, column 'noise': nan is no finite number"),
        ("1,2,worn\n1e39,2,worn\n", "row 2, column 'pressure': inf is no finite number"),
        ("inf,2,worn\ninf,2,worn\n", "row 1, column 'pressure': inf .*and 1 more"),
        ("1,2,worn\n1,2,broken\n", "row 2, column 'state': 'broken' is not a class; .*sound, worn"),
        ("1,2,worn\n1,2,\n", "row 2, column 'state': is empty"),
        ("1,2,worn\n1,2\n", "row 2: has 2 cells, the header has 3"),
        ("1,2,worn\n\n1,2,worn\n", "row 2, column 'pressure': is empty"),
        ("", "holds no sample"),
    ],
)
def test_the_cell_that_is_wrong_is_named(tmp_path: Path, body: str, problem: str) -> None:
    with pytest.raises(DataError, match=rf"pumps\.csv: .*{problem}"):
        read(tmp_path, HEADER + body)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (HEADER + "1,2,worn\n1,secret,worn\n", "row 2, column 'noise': ... is no number"),
        (
            HEADER + "1,2,secret\n",
            "row 1, column 'state': ... is not a class; classes: sound, worn",
        ),
        ("1,2,secret\n", "no column 'state'; it has ..."),
        ("secret,secret,state\n", "columns that appear twice: ..."),
    ],
)
def test_what_may_be_logged_shows_nothing_of_the_data(
    tmp_path: Path, content: str, told: str
) -> None:
    with pytest.raises(DataError, match="secret") as caught:
        read(tmp_path, content)
    assert caught.value.without_values.endswith(f"pumps.csv: {told}")


def test_a_line_that_is_no_row_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, HEADER + "1,2,worn\n1,secret\n")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("label", ["2", "-1", "1.0", "1e0", "²", "worn"])
def test_without_names_a_label_is_a_number_of_the_schema(tmp_path: Path, label: str) -> None:
    with pytest.raises(DataError, match=rf"row 2, column 'state': '{label}' .*classes: 0..1"):
        read(tmp_path, HEADER + f"1,2,0\n1,2,{label}\n", NUMBERED)


@given(st.integers(1, 300), st.data())
def test_the_first_bad_row_is_found_wherever_it_is(
    tmp_path_factory: pytest.TempPathFactory, rows: int, data: st.DataObject
) -> None:
    bad = data.draw(st.integers(1, rows))
    cells = ["1.5"] * rows
    cells[bad - 1] = "x"
    cells[bad:] = data.draw(st.permutations(["y", *cells[bad + 1 :]])) if bad < rows else []
    body = "".join(f"{cell},0,worn\n" for cell in cells)
    with pytest.raises(DataError, match=f"row {bad}, column 'pressure': 'x' is no number"):
        read(tmp_path_factory.getbasetemp(), HEADER + body)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"label": "wear"}, "no column 'wear'; it has 'pressure', 'noise', 'state'"),
        ({"features": ["heat", "noise"]}, "no column 'heat'"),
        ({"features": ["noise", "state"]}, "'state' is the label"),
        ({"features": ["noise"]}, r"1 feature columns, the schema's shape \[2\] needs 2"),
        ({"delimiter": ";"}, "no column 'state'"),
    ],
)
def test_columns_that_are_not_there(tmp_path: Path, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        read(tmp_path, HEADER + "1,2,worn\n", **options)


def test_a_column_that_appears_twice(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="appear twice: 'noise'"):
        read(tmp_path, "noise,noise,state\n1,2,worn\n")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        HEADER.encode() + b"1,2,\xff\n",
        "pression,d\u00e9bit,state\n1,2,worn\n".encode("latin-1"),
    ],
)
def test_a_file_that_is_no_csv(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"pumps\.csv: "):
        read(tmp_path, content)


def test_space_around_a_columns_name_is_no_part_of_it(tmp_path: Path) -> None:
    data = read(tmp_path, "noise, pressure , state\n1, 2, worn\n", features=["pressure", "noise"])
    assert data.x.tolist() == [[2, 1]]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_header_in_another_encoding(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(DataError, match=r"pumps\.csv: its header is not in UTF-8; save the table"):
        read(tmp_path, "pression,d\u00e9bit,state\n1,2,worn\n".encode(encoding))


def test_decimal_commas(tmp_path: Path) -> None:
    text = "pressure;noise;state\n1,5; -2 ;worn\n3e2;0,25;sound\n"
    data = read(tmp_path, text, delimiter=";", decimal=",")
    assert data.x.tolist() == [[1.5, -2], [300, 0.25]]
    with pytest.raises(DataError, match="row 1, column 'pressure': '1,5' is no number"):
        read(tmp_path, text, delimiter=";")


@pytest.mark.parametrize("cell", ["1.5", "1.000,5", "1,000,5"])
def test_beside_decimal_commas_no_point_is_guessed_at(tmp_path: Path, cell: str) -> None:
    text = f"pressure;noise;state\n{cell};1;worn\n"
    with pytest.raises(DataError, match=f"row 1, column 'pressure': '{cell}' is no number"):
        read(tmp_path, text, delimiter=";", decimal=",")


def test_a_delimiter_that_the_reader_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pumps\.csv: cannot be read as csv: "):
        read(tmp_path, HEADER, delimiter="\u00e9")


def test_a_label_of_thousands_of_digits_is_no_class(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"row 1, column 'state': '9999.* is not a class"):
        read(tmp_path, HEADER + f"1,2,{'9' * 5000}\n", NUMBERED)


def test_a_fault_of_this_machine_is_not_laid_at_the_datas_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(pa.csv, "open_csv", exhausted)
    with pytest.raises(MemoryError):
        read(tmp_path, HEADER)


class TestParquet:
    def read(self, path: Path, columns: dict[str, object], schema: Schema = PUMPS) -> Dataset:
        pa.parquet.write_table(pa.table(columns), path / "t")
        return load(Parquet(kind="parquet", path=path / "t", label="state"), schema)

    def test_numbers_of_any_width_and_labels_as_text_or_integers(self, tmp_path: Path) -> None:
        features = {"a": pa.array([1, 2], pa.int8()), "b": pa.array([0.5, 1], pa.float16())}
        named = self.read(tmp_path, features | {"state": ["worn", "sound"]})
        numbered = self.read(tmp_path, features | {"state": [1, 0]}, NUMBERED)
        assert named.x.tolist() == numbered.x.tolist() == [[1, 0.5], [2, 1]]
        assert named.y.tolist() == numbered.y.tolist() == [1, 0]

    @pytest.mark.parametrize("text", [pa.large_string(), pa.dictionary(pa.int8(), pa.string())])
    def test_text_however_it_is_stored(self, tmp_path: Path, text: pa.DataType) -> None:
        """Large strings are what Polars writes, dictionaries what pandas calls categorical."""
        features = {"a": pa.array([" 1.5", "2e3"], pa.large_string()), "b": pa.array([1, 2])}
        coded = pa.array([1, 1, 2]).dictionary_encode()[:2]
        data = self.read(
            tmp_path, features | {"b": coded, "state": pa.array(["worn", "sound"]).cast(text)}
        )
        assert data.x.tolist() == [[1.5, 1], [2000, 1]]
        assert data.y.tolist() == [1, 0]

    def test_a_word_and_a_gap_are_found_in_coded_columns_too(self, tmp_path: Path) -> None:
        for cells, problem in ((["1", "x"], "'x' is no number"), (["1", None], "is empty")):
            columns = {"a": pa.array(cells).dictionary_encode(), "b": [1, 2], "state": ["worn"] * 2}
            with pytest.raises(DataError, match=f"row 2, column 'a': {problem}"):
                self.read(tmp_path, columns)

    @pytest.mark.parametrize("labels", [[["worn"], ["worn"]], [1.0, 0.0], [True, False]])
    def test_labels_are_text_or_whole_numbers(self, tmp_path: Path, labels: list[object]) -> None:
        with pytest.raises(DataError, match=r"column 'state': holds .*, text or whole numbers"):
            self.read(tmp_path, {"a": [1, 2], "b": [1, 2], "state": labels})

    @pytest.mark.parametrize(
        ("cells", "problem"),
        [
            ([1.0, None], "row 2, column 'a': is empty"),
            ([1.0, float("nan")], "row 2, column 'a': nan is no finite number"),
            (["1", "x"], "row 2, column 'a': 'x' is no number"),
            ([[1], [2]], "column 'a': holds list"),
            ([True, False], "column 'a': holds bool"),
        ],
    )
    def test_a_column_that_does_not_hold_numbers(
        self, tmp_path: Path, cells: list[object], problem: str
    ) -> None:
        with pytest.raises(DataError, match=problem):
            self.read(tmp_path, {"a": cells, "b": [1, 2], "state": ["worn", "worn"]})

    def test_a_file_that_is_no_parquet(self, tmp_path: Path) -> None:
        (tmp_path / "t").write_bytes(b"PAR1 but no more")
        with pytest.raises(DataError, match="cannot be read as parquet"):
            load(Parquet(kind="parquet", path=tmp_path / "t", label="state"), PUMPS)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="no such file"):
            load(Parquet(kind="parquet", path=tmp_path / "gone", label="state"), PUMPS)


class TestObjectives:
    """Numbers to be predicted, and tables without labels."""

    TEXT = "id,noise,wear,pressure,load,state\n1,2,0.5,3,10,normal\n2,4,0.25,5,30,anomaly\n"
    FEATURES: ClassVar = {"shape": [2], "names": ["pressure", "noise"]}

    def schema(self, **more: object) -> Schema:
        return Schema.model_validate({"features": self.FEATURES} | more)

    def test_targets_and_features_by_the_schemas_names(self, tmp_path: Path) -> None:
        data = read(tmp_path, self.TEXT, self.schema(targets={"names": ["load", "wear"]}))
        assert data.x.tolist() == [[3, 2], [5, 4]]
        assert data.y.tolist() == [[10, 0.5], [30, 0.25]]

    def test_targets_under_other_names(self, tmp_path: Path) -> None:
        schema = self.schema(targets={"names": ["force", "age"]})
        data = read(tmp_path, self.TEXT, schema, targets=["load", "wear"], divide_by=2)
        assert data.x.tolist() == [[1.5, 1], [2.5, 2]]
        assert data.y.tolist() == [[10, 0.5], [30, 0.25]]

    def test_features_are_all_that_have_no_other_use(self, tmp_path: Path) -> None:
        schema = Schema.model_validate({"features": {"shape": [3]}, "targets": {"names": ["wear"]}})
        text = "\n".join(line.partition(",")[2] for line in self.TEXT.splitlines()) + "\n"
        assert read(tmp_path, text, schema).x.tolist() == [[2, 3, 10], [4, 5, 30]]

    def test_a_label_tells_what_is_an_anomaly(self, tmp_path: Path) -> None:
        assert read(tmp_path, self.TEXT, self.schema()).y.tolist() == [0, 1]
        assert read(tmp_path, self.TEXT, self.schema(), label=None).y.tolist() == [0, 0]
        numbered = self.TEXT.replace("normal", "1").replace("anomaly", "0")
        assert read(tmp_path, numbered, self.schema()).y.tolist() == [1, 0]

    @pytest.mark.parametrize(
        ("targets", "options", "problem"),
        [
            (["load", "age"], {}, "no column 'age'; it has"),
            (["load", "noise"], {}, "'noise' is a target and cannot be a feature"),
            (["a", "b"], {"targets": ["load"]}, "targets: 1 columns, the schema has 2: 'a', 'b'"),
            (["load", "state"], {}, "row 1, column 'state': 'normal' is no number"),
        ],
    )
    def test_targets_that_are_not_there(
        self, tmp_path: Path, targets: list[str], options: dict[str, object], problem: str
    ) -> None:
        with pytest.raises(DataError, match=problem):
            read(tmp_path, self.TEXT, self.schema(targets={"names": targets}), **options)

    def test_a_target_that_is_no_finite_number(self, tmp_path: Path) -> None:
        schema = self.schema(targets={"names": ["load", "wear"]})
        with pytest.raises(DataError, match="row 2, column 'wear': inf is no finite number"):
            read(tmp_path, self.TEXT.replace("0.25", "1e39"), schema)

    @pytest.mark.parametrize(
        ("label", "problem"),
        [("broken", "'broken' is not a class; classes: normal, anomaly or 0..1"), ("2", "'2' is")],
    )
    def test_another_label_for_an_anomaly(self, tmp_path: Path, label: str, problem: str) -> None:
        with pytest.raises(DataError, match=f"row 2, column 'state': {problem}"):
            read(tmp_path, self.TEXT.replace("anomaly", label), self.schema())

    def test_classes_need_a_column(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="name their column by the option label"):
            read(tmp_path, self.TEXT, PUMPS, label=None)


def test_rows_are_counted_through_all_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csvfile, "BLOCK_BYTES", 64)
    monkeypatch.setattr(portions, "PORTION_BYTES", 32)
    rows = [f"{i},{i / 2},{'worn' if i % 3 else 'sound'}" for i in range(100)]
    data = read(tmp_path, HEADER + "\n".join(rows))
    assert data.x.tolist() == [[i, i / 2] for i in range(100)]
    assert data.y.tolist() == [int(i % 3 > 0) for i in range(100)]
    for bad, problem in (
        ("89,x,worn", "column 'noise': 'x' is no number"),
        ("89,,worn", "column 'noise': is empty"),
        ("89,nan,worn", "column 'noise': nan is no finite number"),
        ("89,1,dead", "column 'state': 'dead' is not a class"),
    ):
        with pytest.raises(DataError, match=f"row 90, {problem}"):
            read(tmp_path, HEADER + "\n".join([*rows[:89], bad, *rows[90:]]))


def test_a_csv_file_may_be_compressed(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "1,2,worn\n" * 1000).encode()))
    data = load(Csv(kind="csv", path=path, label="state"), PUMPS)
    assert len(data) == 1000
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"pumps\.csv\.gz: cannot be read as csv"):
        load(Csv(kind="csv", path=path, label="state"), PUMPS)
