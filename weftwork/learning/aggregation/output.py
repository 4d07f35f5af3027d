"""The aggregate's file: the base's layout, with room for what strategies keep beside the model."""

import json
import os
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.aggregation.layout import ITEM_SIZES, Base
from weftwork.learning.tensorfile import TensorForm

__all__ = ["Plan"]


@dataclass(frozen=True)
class Plan:
    """The header, and where each tensor's bytes go in the file."""

    header: bytes
    spans: dict[str, tuple[int, int]]

    @classmethod
    def of(cls, base: Base) -> "Plan":
        """The base's own header where it has the same tensors, byte for byte."""
        file = base.file
        forms = base.own | base.state
        if forms == file.forms:
            return cls(file.bytes_map()[: file.data_start].tobytes(), file.spans)
        places, position = {}, 0
        for name in sorted(forms, key=lambda name: _place(base, name)):
            size = ITEM_SIZES[forms[name].dtype] * forms[name].size
            places[name] = (position, position + size)
            position += size
        header = _header(forms, places)
        spans = {name: (len(header) + a, len(header) + b) for name, (a, b) in places.items()}
        return cls(header, spans)

    def begin(self, file: BinaryIO, base: Base) -> None:
        """Take the file's place on the disk; write the header, and the tensors that stay as is."""
        size = max([len(self.header), *(end for _, end in self.spans.values())])
        if hasattr(os, "posix_fallocate"):  # not on macOS; a full disk is then found later
            os.posix_fallocate(file.fileno(), 0, size)
        file.write(self.header)
        file.flush()
        data = base.file.bytes_map()
        for name in base.own.keys() - base.averaged:
            self.write(file, name, 0, data[slice(*base.file.spans[name])])

    def write(self, file: BinaryIO, name: str, start: int, data: NDArray[np.generic]) -> None:
        """Put `data` at byte `start` of tensor `name`; several threads may, at once."""
        position = self.spans[name][0] + start
        rest = np.ascontiguousarray(data).data.cast("B")
        while rest:
            written = os.pwrite(file.fileno(), rest, position)
            rest, position = rest[written:], position + written


def _place(base: Base, name: str) -> tuple[int, bool, int, str]:
    """Wider types first, so that all are aligned; then the model's own as they were."""
    form = (base.own | base.state)[name]
    position = base.file.spans[name][0] if name in base.own else 0
    return -ITEM_SIZES[form.dtype], name not in base.own, position, name


def _header(forms: dict[str, TensorForm], places: dict[str, tuple[int, int]]) -> bytes:
    entries = {
        name: {
            "dtype": forms[name].dtype,
            "shape": list(forms[name].shape),
            "data_offsets": list(places[name]),
        }
        for name in places
    }
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text
