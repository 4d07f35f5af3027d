"""One part of all updates as vectors, which a rule may measure by passing over the files."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from math import isfinite

from weftwork.learning.aggregation.kernels import Floats32
from weftwork.learning.aggregation.layout import Base, Layout, Update
from weftwork.learning.aggregation.pages import Pages, Piece, cut
from weftwork.learning.aggregation.sums import SUM_BLOCK
from weftwork.learning.errors import DivergedError
from weftwork.learning.tensornames import upload_name

__all__ = ["Files", "Kind", "Measure", "Part", "Vectors", "parts"]


class Kind(Enum):
    """What the numbers of a part are."""

    TRAINED = "the trained weights"
    STATISTICS = "the statistics"
    UPLOAD = "the upload"


@dataclass(frozen=True)
class Part:
    """Tensors that are one vector to a rule; `names` are those in an update, in order."""

    kind: Kind
    names: tuple[str, ...]
    upload: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value} {self.upload}".strip()


def parts(base: Base, layout: Layout) -> list[Part]:
    """Trained weights, statistics, and each upload, those that there are.

    A layout that names no trained tensors has them all trained.
    """
    trained = sorted(layout.trainable or base.averaged)
    uploads = {one: [upload_name(one, name) for name in trained] for one in layout.uploads}
    found = [
        Part(Kind.TRAINED, tuple(trained)),
        Part(Kind.STATISTICS, tuple(sorted(base.averaged - set(trained)))),
        *(Part(Kind.UPLOAD, tuple(names), one) for one, names in uploads.items()),
    ]
    return [part for part in found if part.names]


@dataclass(frozen=True)
class Files:
    """What is aggregated: the base and the updates, in their order, on their pages."""

    base: Base
    base_pages: Pages
    updates: tuple[Update, ...]
    pages: tuple[Pages, ...]
    threads: int
    fast: bool

    def blocks(self, name: str, piece: Piece) -> list[Floats32]:
        """The numbers of each update, in order."""
        return [page.floats(name, piece) for page in self.pages]


# The sums of one block: given each update's numbers (numbers,), and the base's, if it has any.
Measure = Callable[[Sequence[Floats32], Floats32 | None], Sequence[float]]


@dataclass(frozen=True)
class Vectors:
    """One part of all the updates."""

    files: Files
    part: Part

    def __len__(self) -> int:
        return len(self.files.updates)

    @property
    def weights(self) -> list[int]:
        """Of the updates, in order."""
        return [update.samples for update in self.files.updates]

    @property
    def fast(self) -> bool:
        """Whether there is so much to do that compiling is worth it."""
        return self.files.fast

    def base_of(self, piece: Piece) -> Floats32 | None:
        """The numbers that the updates started from; an upload is a change: it has none."""
        if self.part.kind is Kind.UPLOAD:
            return None
        return self.files.base_pages.floats(piece.name, piece)

    def totals(self, count: int, make: Callable[[], Measure]) -> list[float]:
        """So many sums over all numbers, as `sums` defines them, from each block's own.

        One pass over the files; `make` makes a measure for each thread. Raises `DivergedError` for
        a sum that is not finite, which none is of updates that passed `examine`.
        """
        forms = self.files.base.update
        pieces = list(cut(self.part.names, forms, SUM_BLOCK))
        found: list[Sequence[float]] = [()] * len(pieces)

        def share(first: int) -> None:
            measure = make()
            for at in range(first, len(pieces), self.files.threads):
                piece = pieces[at]
                blocks = self.files.blocks(piece.name, piece)
                found[at] = measure(blocks, self.base_of(piece))

        with ThreadPoolExecutor(self.files.threads) as pool:
            list(pool.map(share, range(self.files.threads)))
        return self._added(count, found)

    def _added(self, count: int, found: Sequence[Sequence[float]]) -> list[float]:
        totals = [0.0] * count
        for sums in found:
            totals = [total + one for total, one in zip(totals, sums, strict=True)]
        if not all(map(isfinite, totals)):
            raise DivergedError(
                f"{self.part} of an update hold a NaN or an infinity: no distance can be measured"
            )
        return totals
