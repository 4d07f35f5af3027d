"""One piece of an aggregate: what all parties compute of the same numbers of all files."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from weftwork.learning.aggregation.kernels import Floats32
from weftwork.learning.aggregation.layout import Layout
from weftwork.learning.aggregation.mean import BLOCK
from weftwork.learning.aggregation.pages import Piece, cut
from weftwork.learning.aggregation.reduction import Reduction
from weftwork.learning.aggregation.vectors import Files
from weftwork.learning.errors import DivergedError
from weftwork.learning.strategies.strategy import Block, Floats, Server
from weftwork.learning.tensornames import state_name, upload_name

__all__ = ["Blocks", "Desk"]


class Desk:
    """What one thread works with: how updates are reduced, and arrays that all pieces share.

    To allocate a megabyte for each piece costs as much time as the sums in it.
    """

    def __init__(self, reductions: Mapping[str, Reduction]) -> None:
        self._reductions = reductions
        self._doubles: dict[str, Floats] = defaultdict(lambda: np.empty(BLOCK))
        self._singles: dict[str, Floats32] = defaultdict(lambda: np.empty(BLOCK, "<f4"))

    def reduction(self, tensor: str) -> Reduction:
        """The one for this tensor of an update."""
        return self._reductions[tensor]

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
    """One aggregation's files and its server; nothing here changes, so threads may share it.

    `participants` could have taken part.
    """

    def __init__(self, files: Files, layout: Layout, server: Server, participants: int) -> None:
        self._files = files
        self._layout = layout
        self._server = server
        self._trained = layout.trainable if type(server) is not Server else frozenset[str]()
        self._participants = participants

    def pieces(self, names: Sequence[str]) -> Iterator[Piece]:
        """These tensors, cut."""
        return cut(names, self._files.base.own, BLOCK)

    def results(self, piece: Piece, desk: Desk) -> dict[str, Floats32]:
        """By tensors' names, the same numbers of the new model and of the new state.

        They are the desk's, until its next piece. Raises `DivergedError` for a server's step to
        what is no finite number, and for an update that holds one.
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
        size = piece.end - piece.begin
        with np.errstate(all="ignore"):  # as above
            result = desk.reduction(piece.name).single(
                self._files.blocks(piece.name, piece),
                desk.double("mean", size),
                desk.single("model", size),
                self._files.base_pages.floats(piece.name, piece),
            )
        if not np.isfinite(result).all():
            raise DivergedError(f"{piece.name} of an update holds a NaN or an infinity")
        return result

    def _block(self, piece: Piece, desk: Desk) -> Block:
        own = self._files.base_pages.floats(piece.name, piece)
        mean = self._reduced(piece.name, piece, desk, "mean", own)
        uploads = {
            upload: self._reduced(upload_name(upload, piece.name), piece, desk, f"upload {upload}")
            for upload in self._layout.uploads
        }
        state = {
            state: self._kept(state_name(state, piece.name), piece, desk, f"state {state}")
            for state in self._layout.state
        }
        base = self._kept(piece.name, piece, desk, "base")
        accepted, first = len(self._files.updates), self._files.base.first
        return Block(base, mean, uploads, state, accepted, self._participants, first)

    def _reduced(
        self, name: str, piece: Piece, desk: Desk, place: str, base: Floats32 | None = None
    ) -> Floats:
        blocks = self._files.blocks(name, piece)
        return desk.reduction(name).double(blocks, desk.double(place, len(blocks[0])), base)

    def _kept(self, name: str, piece: Piece, desk: Desk, place: str) -> Floats:
        """What the base's file has under this name; zeros where it has no state yet."""
        kept = desk.double(place, piece.end - piece.begin)
        pages = self._files.base_pages
        kept[:] = pages.floats(name, piece) if name in pages else 0
        return kept
