"""The artifact form of a data set, as one party sends it to the others."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from weftwork.errors import DataError
from weftwork.learning.data import (
    Dataset,
    Features,
    Labels,
    Schema,
    dataset_from_path,
    dataset_to_bytes,
)

SCHEMA = Schema(features=Features(shape=(2,)), labels=Labels(classes=3))
X, Y = np.arange(6, dtype=np.float32).reshape(3, 2), np.array([0, 1, 2])


@given(st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_a_data_set_survives_its_file(
    tmp_path_factory: pytest.TempPathFactory, samples: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(size=(samples, 2)).astype(np.float32)
    data = Dataset(x, random.integers(0, 3, samples))
    path = tmp_path_factory.getbasetemp() / "data"
    path.write_bytes(dataset_to_bytes(data))
    again = dataset_from_path(path, SCHEMA)
    assert np.array_equal(again.x, data.x)
    assert np.array_equal(again.y, data.y)
    assert dataset_to_bytes(again) == path.read_bytes()
    assert again.x.flags.writeable  # torch shares the memory


def test_the_bytes_of_classes_never_change() -> None:
    """They are on the ledger by their digest."""
    assert dataset_to_bytes(Dataset(X, Y)) == save({"x": X, "y": Y})
    assert hashlib.sha256(dataset_to_bytes(Dataset(X, Y))).hexdigest() == (
        "1f9392f589dfde00d94b96307af3b8ddbf175d04dc2904f25ee7445b01f3a144"
    )


OTHERS = {
    "tokens": {
        "features": {"shape": [2], "dtype": "int64", "vocabulary": 9},
        "labels": {"classes": 3},
    },
    "targets": {"features": {"shape": [2]}, "targets": {"names": ["a", "b"]}},
    "itself": {"features": {"shape": [2]}},
}
ARRAYS = {
    "tokens": (np.array([[0, 8], [3, 1]]), np.array([2, 0])),
    "targets": (X[:2], np.array([[1.5, -2], [3, 4]], np.float32)),
    "itself": (X[:2], np.array([0, 1])),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_objectives_survive_their_file(tmp_path: Path, kind: str) -> None:
    x, y = ARRAYS[kind]
    (tmp_path / "data").write_bytes(dataset_to_bytes(Dataset(x, y)))
    again = dataset_from_path(tmp_path / "data", Schema.model_validate(OTHERS[kind]))
    assert (again.x.dtype, again.y.dtype) == (x.dtype, y.dtype)
    assert np.array_equal(again.x, x)
    assert np.array_equal(again.y, y)


@pytest.mark.parametrize(
    ("kind", "x", "y", "problem"),
    [
        ("tokens", X, Y, "x must be int64"),
        ("tokens", [[0, 9]], [0], r"row 1, feature \[1\]: token 9 is not in 0..8"),
        ("tokens", [[0, 8], [-1, 9]], [0, 0], "row 2, .*: token -1 .*and 1 more"),
        ("targets", X, Y, r"y float32 \(n, k\)"),
        ("targets", X, X[:, :1], r"targets of a sample have shape \[1\], .* needs \[2\]"),
        ("targets", X, X * np.float32("nan"), "row 1, target 0: nan is no finite .*and 5 more"),
        ("itself", X, Y, "row 3: label 2 is not in 0..1"),
        ("itself", X, X, r"y int64 \(n,\)"),
    ],
)
def test_what_does_not_fit_another_objective_says_why(
    tmp_path: Path, kind: str, x: object, y: object, problem: str
) -> None:
    content = save({"x": np.asarray(x), "y": np.asarray(y)})
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(DataError, match=problem):
        dataset_from_path(tmp_path / "data", Schema.model_validate(OTHERS[kind]))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no data set in safetensors form"),
        (b"\x80\x04K\x01.", "no data set in safetensors form"),
        (save({"x": X}), "exactly 'x' and 'y'"),
        (save({"x": X, "y": Y, "z": Y}), "exactly 'x' and 'y'"),
        (save({"x": X.astype(np.float64), "y": Y}), "x must be float32"),
        (save({"x": X, "y": Y.astype(np.int32)}), "y int64"),
        (save({"x": X, "y": Y.reshape(3, 1)}), "y int64"),
        (save({"x": X[:2], "y": Y}), "2 samples but 3 labels"),
        (save({"x": X.reshape(2, 3), "y": Y[:2]}), r"shape \[3\], the schema says \[2\]"),
        (save({"x": X, "y": Y + 1}), "row 3: label 3 is not in 0..2"),
        (
            save({"x": np.where(X == 3, np.nan, X).astype(np.float32), "y": Y}),
            r"row 2, feature \[1\]",
        ),
        (save({"x": X[:0], "y": Y[:0]}), "holds no sample"),
    ],
)
def test_what_is_no_data_set_of_the_schema_says_why(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(DataError, match=problem):
        dataset_from_path(tmp_path / "data", SCHEMA)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="gone"):
        dataset_from_path(tmp_path / "gone", SCHEMA)
