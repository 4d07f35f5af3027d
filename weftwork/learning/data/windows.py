"""Sensor time series: the rows of a table, cut into windows (n, channels, length)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from weftwork.errors import DataError
from weftwork.learning.data.cutting import Block, Cutter, ScatteredGroupError
from weftwork.learning.data.layout import Layout, window_layout
from weftwork.learning.data.portions import Origin, Portion, Spans, portion_rows
from weftwork.learning.data.rows import Rows
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Windows
from weftwork.learning.data.tables import opened
from weftwork.learning.data.timeline import Timeline

__all__ = ["read_windows"]

MAX_ROWS = 1 << 16  # of the table at once


@dataclass(frozen=True)
class _Origin(Origin):
    """`rows` (n, length): which row of the file each row of each window was."""

    rows: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 1), np.int64))

    def row(self, row: int) -> str:
        return f"{self.name}: row {self.rows[row, -1] + 1}"

    def cell(self, row: int, feature: int, shape: Sequence[int]) -> str:
        channel, step = divmod(feature, shape[1])
        names = self.columns or ()
        return f"{self.name}: row {self.rows[row, step] + 1}, column {names[channel]!r}"


def read_windows(source: Windows, schema: Schema) -> Iterator[Portion]:
    """Windows in the order of their last rows."""
    path = source.file
    # While windows are cut, their numbers are held several times over.
    rows = min(MAX_ROWS, max(1, portion_rows(schema) * source.step // 4))
    with opened(source, rows) as (names, read):
        reader = _Reader(source, schema, window_layout(path, names, source, schema))
        for some in read(reader.layout.all):
            yield reader.portion(some)
    if not reader.found:
        groups = " of a group" if source.group else ""
        gap = "" if source.max_gap is None else f" without a gap longer than {source.max_gap:g}"
        raise DataError(f"{path}: has no {source.length} rows{groups}{gap} for a window")


class _Reader:
    """Turns batches of rows into portions of windows; knows the rows that came before."""

    def __init__(self, source: Windows, schema: Schema, layout: Layout) -> None:
        self.layout = layout
        self.found = 0
        self._source = source
        self._schema = schema
        self._path = source.file
        self._cutter = Cutter(source.length, source.step)
        self._numbers: dict[str, int] = {}
        self._timeline = Timeline(layout.group, source.max_gap)

    def portion(self, rows: Rows) -> Portion:
        """The windows that end in `rows`."""
        layout = self.layout
        groups, codes = self._groups(rows)
        gaps = self._gaps(rows, groups, codes)
        block = Block(
            rows.first + np.arange(len(rows)),
            rows.matrix(layout.features),
            rows.learnt(layout, self._schema),
        )
        try:
            windows = self._cutter.cut(block, groups, codes, gaps)
        except ScatteredGroupError as error:
            raise DataError(
                f"{self._path}: row {error.row + 1}: its group began too many groups ago; sort the"
                f" rows by {layout.group!r}"
            ) from error
        self.found += len(windows)
        name, columns = str(self._path), layout.features
        origin = _Origin(name, columns, layout.targets, rows=windows.rows)
        x = windows.values.transpose(0, 2, 1)  # (n, channels, length)
        # Groups are numbered as they appear in the file, wherever its blocks end.
        numbers = np.array([self._numbers.setdefault(one, len(self._numbers)) for one in groups])
        # Copied, since who keeps a view keeps the rows of whole windows.
        first, last = windows.rows[:, 0].copy(), windows.rows[:, -1].copy()
        spans = Spans(numbers[codes[last - rows.first]], first, last)
        return Portion(x, self._whole(windows.y), origin, spans)

    def _groups(self, rows: Rows) -> tuple[list[str], NDArray[np.int64]]:
        if self.layout.group is None:
            return [""], np.zeros(len(rows), np.int64)
        return rows.column(self.layout.group).values()

    def _gaps(self, rows: Rows, groups: list[str], codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        if self.layout.time is None:
            return np.zeros(len(rows), np.bool_)
        return self._timeline.gaps(rows.column(self.layout.time), groups, codes)

    def _whole(self, y: np.ndarray) -> np.ndarray:
        """What a window's rows (n, length) or (n, length, k) make it."""
        if self.layout.targets or self._source.label_rule == "last":
            return y[:, -1]
        return _majority(y) if self._source.label_rule == "majority" else _any(y)


def _any(labels: np.ndarray) -> np.ndarray:
    """The last label of each window (n, length) that is not 0; else 0."""
    back = np.argmax(labels[:, ::-1] != 0, axis=1)  # 0 also where there is none
    found: np.ndarray = labels[np.arange(len(labels)), labels.shape[1] - 1 - back]
    return np.where((labels != 0).any(axis=1), found, 0)


def _majority(labels: np.ndarray) -> np.ndarray:
    """The most frequent label of each window (n, length); of equals the smallest."""
    best, most = np.zeros(len(labels), np.int64), np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        count = (labels == label).sum(axis=1)
        best = np.where(count > most, label, best)
        most = np.maximum(count, most)
    return best
