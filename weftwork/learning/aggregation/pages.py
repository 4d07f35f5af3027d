"""The same numbers of all files: pieces of tensors, as arrays on the files' pages in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from weftwork.learning.aggregation.kernels import Floats32
from weftwork.learning.tensorfile import TensorFile, TensorForm

__all__ = ["Pages", "Piece", "cut"]


@dataclass(frozen=True)
class Piece:
    """Numbers `begin` to `end` of a float32 tensor."""

    name: str
    begin: int
    end: int


def cut(names: Sequence[str], forms: Mapping[str, TensorForm], block: int) -> Iterator[Piece]:
    """These tensors, in pieces of at most `block` numbers, each tensor's from its begin."""
    for name in names:
        size = forms[name].size
        for begin in range(0, size, block):
            yield Piece(name, begin, min(begin + block, size))


class Pages:
    """A file's float32 tensors; nothing here changes, so threads may share it."""

    def __init__(self, file: TensorFile) -> None:
        self._spans = file.spans
        self._bytes = file.bytes_map()

    def __contains__(self, name: str) -> bool:
        return name in self._spans

    def floats(self, name: str, piece: Piece) -> Floats32:
        """The numbers of this tensor that are in the piece's place."""
        start = self._spans[name][0]
        floats: Floats32 = self._bytes[start + 4 * piece.begin : start + 4 * piece.end].view("<f4")
        return floats if floats.flags.aligned else floats.copy()
