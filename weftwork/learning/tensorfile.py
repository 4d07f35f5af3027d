"""The layout of a safetensors file, to stream through tensors that do not fit in memory.

The file is an 8-byte little-endian length, a JSON header of that length, and the tensors' bytes.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from weftwork.learning.errors import WeightsError


@dataclass(frozen=True)
class TensorForm:
    """What must be equal for two tensors to be averaged; `dtype` in safetensors' words (F32)."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class TensorFile:
    """One file: the form of every tensor, where its bytes are in the file, and its metadata."""

    path: Path
    forms: dict[str, TensorForm]
    spans: dict[str, tuple[int, int]]
    data_start: int
    metadata: dict[str, str]

    @classmethod
    def open(cls, path: Path) -> "TensorFile":
        """Read the header; `WeightsError` if this is no well-formed safetensors file."""
        try:
            with safe_open(path, framework="numpy"):  # type: ignore[no-untyped-call] # it has none
                pass  # checks bounds, overlaps, gaps and types, so that what follows may trust it
        except (SafetensorError, OSError) as error:
            raise WeightsError(f"{path}: cannot be read as safetensors: {error}") from error
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = json.loads(file.read(length))
        metadata = header.pop("__metadata__", None) or {}
        start = 8 + length
        return cls(
            path,
            {name: TensorForm(e["dtype"], tuple(e["shape"])) for name, e in header.items()},
            {name: _span(start, *e["data_offsets"]) for name, e in header.items()},
            start,
            metadata,
        )

    def bytes_map(self) -> NDArray[np.uint8]:
        """The whole file, mapped read-only."""
        return np.asarray(np.memmap(self.path, np.uint8, mode="r"))

    def in_file_order(self) -> list[str]:
        """The tensors' names by position."""
        return sorted(self.spans, key=lambda name: self.spans[name])


def _span(start: int, begin: int, end: int) -> tuple[int, int]:
    return start + begin, start + end
