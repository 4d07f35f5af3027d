"""A table's column of times, as numbers that can be compared."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from weftwork.errors import DataError
from weftwork.learning.data.columns import Column, first_unreadable

__all__ = ["Clock"]

# What text may mean, tried in this order: a number, a time without a zone, or one with.
MEANINGS = (pa.int64(), pa.float64(), pa.timestamp("ns"), pa.timestamp("ns", "UTC"))


@dataclass
class Clock:
    """Reads a column batch by batch; the first cell decides what its text means."""

    meaning: pa.DataType | None = None

    def read(self, column: Column) -> NDArray[np.int64] | NDArray[np.float64]:
        """(n,): numbers, or nanoseconds; `DataError` names the cell that is no time."""
        column.refuse_missing()
        cells = column.cells
        if column.is_text:
            cells = self._parsed(column)
        elif pa.types.is_date(cells.type):
            cells = cells.cast(pa.timestamp("ns"))
        if pa.types.is_timestamp(cells.type):
            cells = cells.cast(pa.int64())
        if not (pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type)):
            raise column.holds("times or numbers")
        times: NDArray[np.int64] | NDArray[np.float64] = cells.to_numpy(zero_copy_only=False)
        return times

    def _parsed(self, column: Column) -> pa.Array:
        text = pc.utf8_trim_whitespace(column.cells)
        if self.meaning is None and len(text):
            readable = (one for one in MEANINGS if first_unreadable(text[:1], one) is None)
            self.meaning = next(readable, None)
        meaning = self.meaning or pa.float64()
        if meaning == pa.int64() and first_unreadable(text, meaning) is not None:
            self.meaning = meaning = pa.float64()
        row = first_unreadable(text, meaning)
        if row is not None:
            cell = repr(text[row].as_py())
            raise DataError(f"{column.place(row)}: {cell} is no time like the first", seen=cell)
        return pc.cast(text, meaning)
