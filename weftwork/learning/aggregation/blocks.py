"""One piece of an aggregate: what all parties compute of the same numbers of all files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from weftwork.learning.aggregation.layout import Base, Layout, Update
from weftwork.learning.aggregation.mean import BLOCK, Floats32, Mean
from weftwork.learning.errors import DivergedError
from weftwork.learning.strategies.strategy import Block, Floats, Server
from weftwork.learning.tensorfile import TensorFile
from weftwork.learning.tensornames import state_name, upload_name

__all__ = ["Blocks", "Piece"]


@dataclass(frozen=True)
class Piece:
    """Numbers `begin` to `end` of a float32 tensor of the model."""

    name: str
    begin: int
    end: int


class Blocks:
    """The base and the updates of one aggregation; nothing here changes, so threads may share it.

    `participants` could have taken part.
    """

    def __init__(
        self,
        base: Base,
        updates: Sequence[Update],
        layout: Layout,
        server: Server,
        participants: int,
    ) -> None:
        self._forms = base.own
        self._base = _Pages(base.file)
        self._first = base.first
        self._updates = [_Pages(TensorFile.open(update.path)) for update in updates]
        self._layout = layout
        self._server = server
        self._trained = layout.trainable if type(server) is not Server else frozenset[str]()
        self._participants = participants

    def pieces(self, names: Sequence[str]) -> Iterator[Piece]:
        """These tensors in blocks."""
        for name in names:
            size = self._forms[name].size
            for begin in range(0, size, BLOCK):
                yield Piece(name, begin, min(begin + BLOCK, size))

    def results(self, piece: Piece, mean: Mean) -> dict[str, Floats32]:
        """By tensors' names, the same numbers of the new model and of the new state.

        Raises `DivergedError` for a server's step to what is no finite number.
        """
        plain = self._mean(piece.name, piece, mean)
        if piece.name not in self._trained:
            return {piece.name: plain.astype("<f4")}
        with np.errstate(all="ignore"):  # what is not finite is found in the results
            model, states = self._server.combine(self._block(piece, plain, mean))
            results = {piece.name: model.astype("<f4")}
            for state in self._layout.state:
                results[state_name(state, piece.name)] = states[state].astype("<f4")
        for name, numbers in results.items():
            if not np.isfinite(numbers).all():
                raise DivergedError(
                    f"the server's step took {name} out of the finite numbers; use a smaller rate"
                )
        return results

    def _block(self, piece: Piece, plain: Floats, mean: Mean) -> Block:
        base = self._base.floats(piece.name, piece).astype(np.float64)
        uploads, states = self._layout.uploads, self._layout.state
        return Block(
            base=base,
            mean=plain,
            uploads={one: self._mean(upload_name(one, piece.name), piece, mean) for one in uploads},
            state={one: self._state(state_name(one, piece.name), piece) for one in states},
            accepted=len(self._updates),
            participants=self._participants,
            first=self._first,
        )

    def _mean(self, name: str, piece: Piece, mean: Mean) -> Floats:
        return mean([update.floats(name, piece) for update in self._updates])

    def _state(self, name: str, piece: Piece) -> Floats:
        if self._first:
            return np.zeros(piece.end - piece.begin)
        return self._base.floats(name, piece).astype(np.float64)


class _Pages:
    """A file's tensors as arrays on its pages in memory."""

    def __init__(self, file: TensorFile) -> None:
        self._spans = file.spans
        self._bytes = file.bytes_map()

    def floats(self, name: str, piece: Piece) -> Floats32:
        start = self._spans[name][0]
        floats: Floats32 = self._bytes[start + 4 * piece.begin : start + 4 * piece.end].view("<f4")
        return floats if floats.flags.aligned else floats.copy()
