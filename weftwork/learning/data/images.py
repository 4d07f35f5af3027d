"""A folder of images with one sub-folder a class."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from weftwork.errors import DataError
from weftwork.learning.data.labels import label_of
from weftwork.learning.data.portions import Origin, Portion, in_batches, portion_rows
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Folder

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "PPM")
DEEP = ("I", "F")  # Pillow's modes of more than 8 bits, which it would clip
MODES = {1: "L", 3: "RGB"}


def read_folder(source: Folder, schema: Schema) -> Iterator[Portion]:
    """Pixels 0..255 as (channels, height, width) or (height, width), in order of class and name.

    Images are not resized: one of another size than the schema's is a `DataError` naming the file.
    Hidden files are skipped; any other file that is not an image is an error.
    """
    if schema.targets:
        raise DataError(f"{source.path}: a folder of images has classes, the schema has targets")
    _image_shape(schema)  # before anything is read
    first = 0
    for files in in_batches(_files(source.path, schema), portion_rows(schema)):
        x = np.stack([_pixels(path, schema) for path, _ in files])
        y = np.array([label for _, label in files], np.int64)
        yield Portion(x, y, Origin(str(source.path), first=first))
        first += len(files)


def _image_shape(schema: Schema) -> tuple[int, int, int]:
    """(channels, height, width) of the schema's samples."""
    if schema.features.dtype != "float32":
        raise DataError("a folder of images needs features of dtype float32")
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


def _pixels(path: Path, schema: Schema) -> NDArray[np.uint8]:
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
                pixels = np.asarray(image.convert(MODES[channels]), np.uint8)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{path}: far larger than any image here should be: {error}") from error
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as an image: {error}") from error
    planes = pixels.transpose(2, 0, 1) if channels == 3 else pixels
    return planes.reshape(schema.features.shape)
