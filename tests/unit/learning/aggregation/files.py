"""Small models in files."""

import json
import struct
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

Tensors = dict[str, NDArray[np.generic]]


def write(path: Path, tensors: Tensors) -> Path:
    """A file of these tensors; its path."""
    save_file(tensors, path)
    return path


def reorder(path: Path, random: Random) -> None:
    """The same tensors in another order."""
    tensors = load_file(path)
    names = sorted(tensors)
    random.shuffle(names)
    header, position = {}, 0
    kinds = {"float32": "F32", "bool": "BOOL", "int64": "I64"}
    for name in names:
        size = tensors[name].nbytes
        header[name] = {
            "dtype": kinds[str(tensors[name].dtype)],
            "shape": list(tensors[name].shape),
            "data_offsets": [position, position + size],
        }
        position += size
    text = json.dumps(header).encode()
    body = b"".join(tensors[name].tobytes() for name in names)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
