"""The float32 numbers of a file, tensor by tensor, on its pages in memory."""

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.tensorfile import TensorFile

__all__ = ["Floats32", "Tensors"]

BLOCK = 1 << 16  # numbers that are made float64 at once

Floats32 = NDArray[np.float32]


class Tensors:
    """A safetensors file; holds no memory of its own but the system's pages."""

    def __init__(self, path: Path) -> None:
        file = TensorFile.open(path)
        self.forms = file.forms
        self._spans = file.spans
        self._bytes = file.bytes_map()

    def __getitem__(self, name: str) -> Floats32:
        """The tensor's numbers (numbers,), read-only."""
        begin, end = self._spans[name]
        floats: Floats32 = self._bytes[begin:end].view("<f4")
        return floats if floats.flags.aligned else floats.copy()

    def norm(self, names: Iterable[str]) -> float:
        """The Euclidean norm of these tensors together, in float64: no float32 overflows there."""
        return math.sqrt(sum(self._square(name) for name in names))

    def _square(self, name: str) -> float:
        numbers, square = self[name], 0.0
        for begin in range(0, len(numbers), BLOCK):
            block = numbers[begin : begin + BLOCK].astype(np.float64)
            square += float(block @ block)
        return square
