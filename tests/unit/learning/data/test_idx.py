"""MNIST's files, plain and compressed."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, integer_dtypes

from weftwork.errors import DataError
from weftwork.learning.data import Dataset, Idx, Schema, load
from weftwork.learning.data.idx import TYPES

SCHEMA = Schema.model_validate({"features": {"shape": [2, 3]}, "labels": {"classes": 3}})
ITSELF = Schema.model_validate({"features": {"shape": [2, 3]}})
PIXELS = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
LABELS = np.array([0, 1, 2, 1], np.uint8)


def idx(array: np.ndarray, kind: int = 0x08) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, kind, array.ndim]) + sizes + array.astype(TYPES[kind]).tobytes()


def read(
    folder: Path,
    images: bytes,
    labels: bytes | None = None,
    schema: Schema = SCHEMA,
    **options: float,
) -> Dataset:
    (folder / "images").write_bytes(images)
    source: dict[str, object] = {"kind": "idx", "images": folder / "images"}
    if labels is not None:
        (folder / "labels").write_bytes(labels)
        source["labels"] = folder / "labels"
    return load(Idx.model_validate(source | options), schema)


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_images_and_labels(tmp_path: Path, packed: type[bytes]) -> None:
    data = read(tmp_path, packed(idx(PIXELS)), packed(idx(LABELS)), divide_by=255)
    assert np.array_equal(data.x, PIXELS / np.float32(255))
    assert data.y.tolist() == [0, 1, 2, 1]


@pytest.mark.parametrize("shape", [[2, 3], [1, 2, 3], [6]])
def test_an_image_may_be_a_plane_or_a_vector(tmp_path: Path, shape: list[int]) -> None:
    schema = Schema.model_validate({"features": {"shape": shape}, "labels": {"classes": 3}})
    data = read(tmp_path, idx(PIXELS), idx(LABELS), schema)
    assert np.array_equal(data.x, PIXELS.reshape(4, *shape))


@given(st.sampled_from(sorted(TYPES)), st.data())
def test_every_type_of_number_is_read(
    tmp_path_factory: pytest.TempPathFactory, kind: int, data: st.DataObject
) -> None:
    values = data.draw(arrays(np.int8, (2, 2, 3), elements=st.integers(0, 100)))
    found = read(tmp_path_factory.getbasetemp(), idx(values, kind), schema=ITSELF)
    assert np.array_equal(found.x, values)


@given(arrays(integer_dtypes(endianness="="), (3,), elements=st.integers(0, 2)))
def test_labels_may_be_of_any_whole_type(
    tmp_path_factory: pytest.TempPathFactory, labels: np.ndarray
) -> None:
    folder = tmp_path_factory.getbasetemp()
    assert read(folder, idx(PIXELS[:3]), idx(labels, 0x0C)).y.tolist() == labels.tolist()


def test_targets_are_numbers(tmp_path: Path) -> None:
    schema = Schema.model_validate(
        {"features": {"shape": [2, 3]}, "targets": {"names": ["a", "b"]}}
    )
    values = np.array([[0.5, 1], [2, 3], [4, 5], [6, -7]])
    assert read(tmp_path, idx(PIXELS), idx(values, 0x0E), schema).y.tolist() == values.tolist()


def test_without_labels_nothing_is_known_to_be_an_anomaly(tmp_path: Path) -> None:
    assert read(tmp_path, idx(PIXELS), schema=ITSELF).y.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("images", "labels", "problem"),
    [
        (b"", idx(LABELS), "images: is no IDX file"),
        (b"\x00\x00\x07\x01" + bytes(8), idx(LABELS), "it begins with 00 00 07 01"),
        (b"\x00\x00\x08\x00", idx(LABELS), "images: is no IDX file"),
        (idx(PIXELS)[:9], idx(LABELS), "images: .* its header ends too early"),
        (idx(PIXELS)[:-1], idx(LABELS), "images: ends after 3 of its 4 samples"),
        (idx(PIXELS) + b"x", idx(LABELS), "images: goes on after its 4 samples"),
        (gzip.compress(idx(PIXELS), mtime=0)[:-9], idx(LABELS), "its gzip compression is damaged"),
        (idx(PIXELS), idx(LABELS[:3]), "labels: 3 labels, but .*images has 4 samples"),
        (idx(PIXELS), idx(LABELS)[:-1], "labels: ends after 3 of its 4"),
        (idx(PIXELS), idx(LABELS + 1), "labels: row 3: label 3 is not in 0..2"),
        (idx(PIXELS), idx(LABELS, 0x0D), "y is float32 .4.; whole numbers"),
        (idx(PIXELS), idx(PIXELS), r"labels of a sample have shape \[2, 3\]"),
        (idx(PIXELS), None, "by the option labels"),
        (idx(PIXELS[:0]), idx(LABELS[:0]), "holds no sample"),
        (idx(PIXELS.reshape(4, 3, 2)), idx(LABELS), r"shape \[3, 2\], the schema says \[2, 3\]"),
        (idx(PIXELS * np.float32("nan"), 0x0D), idx(LABELS), r"row 1, feature \[0, 0\]: nan"),
    ],
)
def test_what_does_not_fit_says_where(
    tmp_path: Path, images: bytes, labels: bytes | None, problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        read(tmp_path, images, labels)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="gone: no such file"):
        load(Idx(kind="idx", images=tmp_path / "gone"), ITSELF)
