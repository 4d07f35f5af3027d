"""Folders of images: one sub-folder a class, sizes known before anything is decoded."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from weftwork.errors import DataError
from weftwork.learning.data import Dataset, Features, Folder, Labels, Schema, load

GREY = Schema(features=Features(shape=(2, 3)), labels=Labels(classes=2, names=("cat", "dog")))
COLOUR = Schema(features=Features(shape=(3, 2, 3)), labels=Labels(classes=2))
PIXELS = np.array([[0, 51, 102], [153, 204, 255]], np.uint8)


def read(root: Path, schema: Schema = GREY) -> Dataset:
    return load(Folder(kind="folder", path=root), schema)


def draw(path: Path, pixels: np.ndarray, mode: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path)
    return path


def test_grey_images_in_order_of_class_and_name(tmp_path: Path) -> None:
    draw(tmp_path / "dog" / "b.png", PIXELS)
    draw(tmp_path / "dog" / "a.bmp", 255 - PIXELS)
    draw(tmp_path / "cat" / "c.PNG", PIXELS)
    (tmp_path / "cat" / ".hidden").touch()
    data = read(tmp_path)
    expected = PIXELS / np.float32(255)
    assert data.y.tolist() == [0, 1, 1]
    np.testing.assert_allclose(data.x, [expected, 1 - expected, expected], atol=1e-7)


def test_a_site_without_some_class_gives_the_others_their_own_numbers(tmp_path: Path) -> None:
    draw(tmp_path / "dog" / "a.png", PIXELS)
    assert read(tmp_path).y.tolist() == [1]


def test_colour_comes_as_channels_first_and_without_transparency(tmp_path: Path) -> None:
    planes = np.stack([PIXELS, 255 - PIXELS, PIXELS // 2])
    draw(tmp_path / "0" / "a.png", planes.transpose(1, 2, 0))
    draw(tmp_path / "1" / "a.png", planes.transpose(1, 2, 0), "RGBA")
    data = read(tmp_path, COLOUR)
    np.testing.assert_allclose(data.x, np.stack([planes, planes]) / 255, atol=1e-7)
    assert data.y.tolist() == [0, 1]


def test_an_image_of_another_size_is_named(tmp_path: Path) -> None:
    draw(tmp_path / "dog" / "a.png", PIXELS.T)
    with pytest.raises(DataError, match=r"a\.png: is 2 x 3 pixels .*the schema says 3 x 2"):
        read(tmp_path)


def test_deep_pixels_are_refused_rather_than_clipped(tmp_path: Path) -> None:
    draw(tmp_path / "dog" / "a.png", PIXELS.astype(np.uint16) * 257)
    with pytest.raises(DataError, match=r"a\.png: has I;16 pixels; 8 bits"):
        read(tmp_path)


@pytest.mark.parametrize("side", [10_000, 20_000])
def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path, side: int) -> None:
    """Pillow warns from 89 million pixels on, and refuses twice as many."""
    path = tmp_path / "dog" / "a.png"
    draw(path, PIXELS)
    data = path.read_bytes()
    header = data[12:16] + side.to_bytes(4, "big") * 2 + data[24:29]
    path.write_bytes(data[:12] + header + zlib.crc32(header).to_bytes(4, "big") + data[33:])
    with pytest.raises(DataError, match=r"a\.png: far larger"):
        read(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_image_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "dog").mkdir()
    (tmp_path / "dog" / "a.png").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.png: cannot be read as an image"):
        read(tmp_path)


def test_an_image_that_ends_too_early_is_named(tmp_path: Path) -> None:
    path = draw(tmp_path / "dog" / "a.png", PIXELS)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(DataError, match=r"a\.png: cannot be read as an image"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("bird/a.png", "folder name: 'bird' is not a class; classes: cat, dog"),
        ("a.png", "a file beside the class folders"),
        ("dog/notes.txt", "not an image"),
        ("dog/more/a.png", "not an image"),
    ],
)
def test_what_does_not_belong_there_is_named(tmp_path: Path, path: str, problem: str) -> None:
    draw(tmp_path / "x.png", PIXELS).rename(_made(tmp_path / path))
    with pytest.raises(DataError, match=problem):
        read(tmp_path)


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_no_folder_and_no_image(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no sample"):
        read(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        read(tmp_path / "gone")


@pytest.mark.parametrize("shape", [(64,), (2, 8, 8), (1, 1, 8, 8)])
def test_a_schema_that_is_not_of_images(tmp_path: Path, shape: tuple[int, ...]) -> None:
    schema = Schema(features=Features(shape=shape), labels=Labels(classes=2))
    with pytest.raises(DataError, match="needs features of shape"):
        read(tmp_path, schema)


def test_folders_may_tell_what_is_an_anomaly(tmp_path: Path) -> None:
    draw(tmp_path / "normal" / "a.png", PIXELS)
    draw(tmp_path / "anomaly" / "a.png", PIXELS)
    assert read(tmp_path, Schema(features=Features(shape=(2, 3)))).y.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"targets": {"names": ["a"]}}, "has classes, the schema has targets"),
        (
            {
                "features": {"shape": [2, 3], "dtype": "int64", "vocabulary": 256},
                "labels": {"classes": 2},
            },
            "features of dtype float32",
        ),
    ],
)
def test_what_images_cannot_be(tmp_path: Path, change: dict[str, object], problem: str) -> None:
    draw(tmp_path / "0" / "a.png", PIXELS)
    with pytest.raises(DataError, match=problem):
        read(tmp_path, Schema.model_validate({"features": {"shape": [2, 3]}} | change))
