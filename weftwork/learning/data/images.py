"""A folder of images with one sub-folder a class."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from weftwork.errors import DataError
from weftwork.learning.data.dataset import Dataset, FloatArray, Origin, checked
from weftwork.learning.data.labels import label_of
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Folder

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "PPM")
DEEP = ("I", "F")  # Pillow's modes of more than 8 bits, which it would clip
MODES = {1: "L", 3: "RGB"}


def load_folder(source: Folder, schema: Schema) -> Dataset:
    """Pixels 0..1 as (channels, height, width) or (height, width), in order of class and name.

    Images are not resized: one of another size than the schema's is a `DataError` naming the file.
    Hidden files are skipped; any other file that is not an image is an error.
    """
    _image_shape(schema)  # before anything is read
    labels, images = [], []
    for path, label in _files(source.path, schema):
        labels.append(label)
        images.append(_pixels(path, schema))
    x = np.stack(images) if images else np.empty((0, *schema.features.shape), np.float32)
    return checked(x, np.array(labels, np.int64), schema, Origin(str(source.path)))


def _image_shape(schema: Schema) -> tuple[int, int, int]:
    """(channels, height, width) of the schema's samples."""
    match schema.features.shape:
        case (height, width):
            return 1, height, width
        case (1 | 3 as channels, height, width):
            return channels, height, width
    raise DataError(
        f"a folder of images needs features of shape [height, width] or [1 or 3, height, width], "
        f"the schema says {list(schema.features.shape)}"
    )


def _files(root: Path, schema: Schema) -> Iterator[tuple[Path, int]]:
    if not root.is_dir():
        raise DataError(f"{root}: no such folder")
    for folder in _entries(root):
        if not folder.is_dir():
            raise DataError(f"{folder}: a file beside the class folders; move it away")
        label = label_of(folder.name, schema, f"{folder}: folder name")
        for path in _entries(folder):
            if path.suffix.lower() not in SUFFIXES:
                raise DataError(f"{path}: not an image; known: {' '.join(sorted(SUFFIXES))}")
            yield path, label


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _pixels(path: Path, schema: Schema) -> FloatArray:
    channels, height, width = _image_shape(schema)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                if image.size != (width, height):  # known from the header, before decoding
                    raise DataError(
                        f"{path}: is {image.width} x {image.height} pixels (width x height), "
                        f"the schema says {width} x {height}"
                    )
                if image.mode.startswith(DEEP):
                    raise DataError(f"{path}: has {image.mode} pixels; 8 bits a channel are needed")
                pixels = np.asarray(image.convert(MODES[channels]), np.float32) / np.float32(255)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{path}: far larger than any image here should be: {error}") from error
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as an image: {error}") from error
    planes = pixels.transpose(2, 0, 1) if channels == 3 else pixels
    return planes.reshape(schema.features.shape)
