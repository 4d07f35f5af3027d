"""NumPy archives, never pickled."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.learning.examples import SCHEMA as DIGITS
from tests.unit.learning.examples import digits
from weftwork.errors import DataError
from weftwork.learning.data import Dataset, Features, Labels, Npz, Schema, load, npz

SCHEMA = Schema(features=Features(shape=(2, 2)), labels=Labels(classes=3))
X, Y = np.arange(12, dtype=np.float64).reshape(3, 2, 2), np.array([0, 1, 2])


def read(path: Path, schema: Schema = SCHEMA, divide_by: float = 1, **arrays: Any) -> Dataset:
    np.savez(path / "data.npz", **arrays)
    return load(Npz(kind="npz", path=path / "data.npz", divide_by=divide_by), schema)


def test_the_digits_survive_an_archive(tmp_path: Path) -> None:
    want = digits("test")
    pixels = (want.x * 16).astype(np.uint8)
    got = read(tmp_path, DIGITS, 16, x=pixels, y=want.y.astype(np.uint8))
    assert (str(got.x.dtype), str(got.y.dtype)) == ("float32", "int64")
    assert np.array_equal(got.x, want.x)
    assert np.array_equal(got.y, want.y)


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"x": X}, "no array 'y'; it has .'x'"),
        ({"x": X[:2], "y": Y}, "2 samples but 3 labels"),
        ({"x": X[:0], "y": Y[:0]}, "holds no sample"),
        ({"x": X.reshape(3, 4), "y": Y}, r"shape \[4\], the schema says \[2, 2\]"),
        ({"x": np.where(X == 6, np.nan, X), "y": Y}, r"row 2, feature \[1, 0\]: nan"),
        ({"x": X * 1e38, "y": Y}, r"row 2, feature \[0, 0\]: inf .*and 7 more"),
        ({"x": X, "y": np.array([0, 3, -1])}, r"row 2: label 3 is not in 0..2 \(and 1 more\)"),
        ({"x": X, "y": Y.astype(float)}, r"y is float64 \[3\]; whole numbers"),
        (
            {"x": X, "y": Y.reshape(3, 1)},
            r"labels of a sample have shape \[1\], the schema needs \[\]",
        ),
        ({"x": X.astype(complex), "y": Y}, "x is complex128"),
        ({"x": np.array(1.0), "y": Y}, r"x is float64 \[\]"),
        ({"x": X.astype(str), "y": Y}, "x is <U"),
    ],
)
def test_arrays_that_do_not_fit_say_where(
    tmp_path: Path, arrays: dict[str, Any], problem: str
) -> None:
    with pytest.raises(DataError, match=problem), np.errstate(over="ignore"):
        read(tmp_path, **arrays)


def test_nothing_pickled_is_ever_loaded(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"npz: x is object \[1\]; numbers"):
        read(tmp_path, x=np.array([object()], dtype=object), y=Y)


@pytest.mark.parametrize("content", [b"", b"\x80\x04K\x01.", b"PK\x03\x04 but no more"])
def test_a_file_that_is_no_archive(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"data\.npz"):
        load(Npz(kind="npz", path=tmp_path / "data.npz"), SCHEMA)


def test_a_compressed_archive_with_a_bit_that_flipped(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez_compressed(path, x=X, y=Y)
    whole = path.read_bytes()
    refused = 0
    for position in range(40, 120):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        try:
            load(Npz(kind="npz", path=path), SCHEMA)
        except DataError as error:
            refused += str(error).startswith(f"{path}: ")
    assert refused  # some of these bytes mean nothing to the reader


def test_a_single_array_is_no_archive(tmp_path: Path) -> None:
    with (tmp_path / "data.npz").open("wb") as file:
        np.save(file, X)
    with pytest.raises(DataError, match="is a single array"):
        load(Npz(kind="npz", path=tmp_path / "data.npz"), SCHEMA)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        load(Npz(kind="npz", path=tmp_path / "data.npz"), SCHEMA)


def test_a_label_is_shown_to_its_owner_only(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="row 3: label 77 is not in") as caught:
        read(tmp_path, x=X, y=np.array([0, 1, 77]))
    assert caught.value.without_values.endswith("data.npz: row 3: ... is not in 0..2")


def test_targets_and_missing_labels(tmp_path: Path) -> None:
    shape = {"features": {"shape": [2, 2]}}
    two = Schema.model_validate(shape | {"targets": {"names": ["a", "b"]}})
    one = Schema.model_validate(shape | {"targets": {"names": ["a"]}})
    y = np.array([[0.5, 1], [2, 3], [4, 5]])
    assert np.array_equal(read(tmp_path, two, x=X, y=y).y, y)
    assert np.array_equal(read(tmp_path, one, x=X, y=y[:, 0]).y, y[:, :1])
    itself = Schema.model_validate(shape)
    assert read(tmp_path, itself, x=X).y.tolist() == [0, 0, 0]
    assert read(tmp_path, itself, x=X, y=Y.clip(max=1)).y.tolist() == [0, 1, 1]


def test_rows_are_counted_through_all_portions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz, "PORTION_BYTES", 100)
    x = np.arange(80.0).reshape(20, 2, 2)
    y = np.arange(20) % 3
    assert np.array_equal(read(tmp_path, x=x, y=y).x, x)
    assert np.array_equal(read(tmp_path, x=np.asfortranarray(x), y=y).x, x)
    with pytest.raises(DataError, match=r"row 18, feature \[0, 1\]: nan"):
        read(tmp_path, x=np.where(x == 69, np.nan, x), y=y)
    with pytest.raises(DataError, match="row 17: label 3"):
        read(tmp_path, x=x, y=np.where(np.arange(20) == 16, 3, y))
