"""Cuts rows that come in blocks into windows, each group's rows by themselves.

What a group's last rows lack for a window is kept until more of its rows come. So windows do not
depend on where blocks end, and memory not on how many rows there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Block", "Cutter", "ScatteredGroupError"]

# Numbers kept of unfinished windows, of all groups together.
MAX_KEPT = 1 << 24


class ScatteredGroupError(Exception):
    """A group's rows go on at `row` after those of so many others that the first were let go."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


@dataclass(frozen=True)
class Block:
    """Rows of a table: their numbers (m,), values (m, c), and what is learnt of each (m, ...)."""

    rows: NDArray[np.int64]
    values: NDArray[np.float64]
    y: np.ndarray

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.rows)

    def take(self, rows: np.ndarray | slice) -> "Block":
        """The rows with these indices; windows, if there are two dimensions of them."""
        return Block(self.rows[rows], self.values[rows], self.y[rows])

    @staticmethod
    def joined(blocks: Sequence["Block"]) -> "Block":
        """One block after the other."""
        return Block(
            np.concatenate([one.rows for one in blocks]),
            np.concatenate([one.values for one in blocks]),
            np.concatenate([one.y for one in blocks]),
        )


@dataclass
class _Kept:
    """A group's rows that may still be part of a window; the next begins `skip` rows from here."""

    block: Block
    skip: int = 0


class Cutter:
    """Windows of `length` rows, one every `stride`, in the order of their last rows."""

    def __init__(self, length: int, stride: int) -> None:
        self._length = length
        self._stride = stride
        self._kept: dict[str, _Kept] = {}  # the group that had rows last is the last
        self._let_go: set[str] = set()

    def cut(
        self,
        block: Block,
        groups: Sequence[str],
        codes: NDArray[np.int64],
        gaps: NDArray[np.bool_],
    ) -> Block:
        """The windows (w, length, ...) that end in `block`; row i is of `groups[codes[i]]`.

        None has rows of both sides of a gap, and where `gaps` (m,) says that there is one before a
        row, a window begins. Raises `ScatteredGroupError`.
        """
        order = np.argsort(codes, kind="stable")
        bounds = np.searchsorted(codes[order], np.arange(len(groups) + 1))
        none = np.empty((0, self._length), np.int64)
        found = [block.take(none)]
        for code in np.unique(codes):
            mine = order[bounds[code] : bounds[code + 1]]
            for rows in np.split(mine, np.flatnonzero(gaps[mine])):
                if len(rows):
                    fresh = bool(gaps[rows[0]])
                    found.append(self._extend(groups[code], block.take(rows), fresh))
        windows = Block.joined(found)
        self._let_old_go()
        return windows.take(np.argsort(windows.rows[:, -1], kind="stable"))

    def _extend(self, group: str, more: Block, fresh: bool) -> Block:
        if fresh:
            self._kept.pop(group, None)
            self._let_go.discard(group)
        if group in self._let_go:
            raise ScatteredGroupError(int(more.rows[0]))
        kept = self._kept.pop(group, None)
        block = Block.joined([kept.block, more]) if kept else more
        starts = np.arange(kept.skip if kept else 0, len(block) - self._length + 1, self._stride)
        following = int(starts[-1]) + self._stride if len(starts) else (kept.skip if kept else 0)
        rest = block.take(slice(following, None))
        self._kept[group] = _Kept(rest, max(0, following - len(block)))
        return block.take(starts[:, None] + np.arange(self._length))

    def _let_old_go(self) -> None:
        """Of most files' groups, one ends before the next begins: theirs is what is let go."""
        kept = sum(one.block.values.size for one in self._kept.values())
        while kept > MAX_KEPT and len(self._kept) > 1:
            oldest = next(iter(self._kept))
            kept -= self._kept.pop(oldest).block.values.size
            self._let_go.add(oldest)
