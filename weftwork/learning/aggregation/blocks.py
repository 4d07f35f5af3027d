"""One piece of an aggregate: what all parties compute of the same numbers of all files."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from weftwork.learning.aggregation.kernels import Floats32
from weftwork.learning.aggregation.layout import Base, Layout, Update
from weftwork.learning.aggregation.mean import BLOCK, Mean
from weftwork.learning.errors import DivergedError
from weftwork.learning.strategies.strategy import Block, Floats, Server
from weftwork.learning.tensorfile import TensorFile
from weftwork.learning.tensornames import state_name, upload_name

__all__ = ["Blocks", "Desk", "Piece"]


@dataclass(frozen=True)
class Piece:
    """Numbers `begin` to `end` of a float32 tensor of the model; BLOCK at most."""

    name: str
    begin: int
    end: int


class Desk:
    """What one thread works with: a mean, and arrays that are made once and used for every piece.

    To allocate a megabyte for each piece costs as much time as the sums in it.
    """

    def __init__(self, mean: Mean) -> None:
        self.mean = mean
        self._doubles: dict[str, Floats] = defaultdict(lambda: np.empty(BLOCK))
        self._singles: dict[str, Floats32] = defaultdict(lambda: np.empty(BLOCK, "<f4"))

    def double(self, name: str, size: int) -> Floats:
        """The float64 array of this name: `size` numbers, still of the piece before."""
        return self._doubles[name][:size]

    def single(self, name: str, size: int) -> Floats32:
        """The float32 array of this name, likewise."""
        return self._singles[name][:size]

    def rounded(self, name: str, numbers: Floats) -> Floats32:
        """These numbers, each rounded once to float32, in the array of this name."""
        single = self.single(name, len(numbers))
        np.copyto(single, numbers, casting="same_kind")
        return single


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
        """These tensors, cut."""
        for name in names:
            size = self._forms[name].size
            for begin in range(0, size, BLOCK):
                yield Piece(name, begin, min(begin + BLOCK, size))

    def results(self, piece: Piece, desk: Desk) -> dict[str, Floats32]:
        """By tensors' names, the same numbers of the new model and of the new state.

        They are the desk's, until its next piece. Raises `DivergedError` for a server's step to
        what is no finite number.
        """
        if piece.name not in self._trained:
            return {piece.name: self._plain(piece, desk)}
        with np.errstate(all="ignore"):  # what is not finite is found in the results
            model, states = self._server.combine(self._block(piece, desk))
            results = {piece.name: desk.rounded("model", model)}
            for state in self._layout.state:
                name = state_name(state, piece.name)
                results[name] = desk.rounded(state, states[state])
        for name, numbers in results.items():
            if not np.isfinite(numbers).all():
                raise DivergedError(
                    f"the server's step took {name} out of the finite numbers; use a smaller rate"
                )
        return results

    def _plain(self, piece: Piece, desk: Desk) -> Floats32:
        blocks = [update.floats(piece.name, piece) for update in self._updates]
        size = piece.end - piece.begin
        return desk.mean.single(blocks, desk.double("mean", size), desk.single("model", size))

    def _block(self, piece: Piece, desk: Desk) -> Block:
        mean = self._mean(piece.name, piece, desk, "mean")
        uploads = {
            upload: self._mean(upload_name(upload, piece.name), piece, desk, f"upload {upload}")
            for upload in self._layout.uploads
        }
        state = {
            state: self._kept(state_name(state, piece.name), piece, desk, f"state {state}")
            for state in self._layout.state
        }
        base = self._kept(piece.name, piece, desk, "base")
        accepted = len(self._updates)
        return Block(base, mean, uploads, state, accepted, self._participants, self._first)

    def _mean(self, name: str, piece: Piece, desk: Desk, place: str) -> Floats:
        blocks = [update.floats(name, piece) for update in self._updates]
        return desk.mean.double(blocks, desk.double(place, len(blocks[0])))

    def _kept(self, name: str, piece: Piece, desk: Desk, place: str) -> Floats:
        """What the base's file has under this name; zeros where it has no state yet."""
        kept = desk.double(place, piece.end - piece.begin)
        kept[:] = self._base.floats(name, piece) if name in self._base else 0
        return kept


class _Pages:
    """A file's float32 tensors as arrays on its pages in memory."""

    def __init__(self, file: TensorFile) -> None:
        self._spans = file.spans
        self._bytes = file.bytes_map()

    def __contains__(self, name: str) -> bool:
        return name in self._spans

    def floats(self, name: str, piece: Piece) -> Floats32:
        """The same numbers of this tensor."""
        start = self._spans[name][0]
        floats: Floats32 = self._bytes[start + 4 * piece.begin : start + 4 * piece.end].view("<f4")
        return floats if floats.flags.aligned else floats.copy()
