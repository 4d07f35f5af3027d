"""A table's column of times, as numbers that can be compared."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from weftwork.errors import DataError
from weftwork.learning.data.columns import Column, first_unreadable

__all__ = ["Clock", "Times"]

Times = NDArray[np.int64] | NDArray[np.float64]

# What text may mean, tried in this order: a number, a time without a zone, or one with.
MEANINGS = (pa.int64(), pa.float64(), pa.timestamp("ns"), pa.timestamp("ns", "UTC"))
PER_SECOND = {"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}


@dataclass
class Clock:
    """Reads a column batch by batch; the first cell decides what its text means."""

    meaning: pa.DataType | None = None
    per_unit: int = 1  # where dates were read, how many of what they were read as make a second

    def read(self, column: Column) -> Times:
        """(n,): numbers, or dates as whole numbers; `DataError` names the cell that is no time."""
        column.refuse_missing()
        cells = column.cells
        if column.is_text:
            cells = self._parsed(column)
        elif pa.types.is_date(cells.type):
            cells = cells.cast(pa.timestamp("ns"))
        if pa.types.is_timestamp(cells.type):
            self.per_unit = PER_SECOND[cells.type.unit]
            cells = cells.cast(pa.int64())
        if not (pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type)):
            raise column.holds("times or numbers")
        times: Times = cells.to_numpy(zero_copy_only=False)
        return times

    def _parsed(self, column: Column) -> pa.Array:
        if self.meaning is None and len(column.cells):
            readable = (
                one for one in MEANINGS if first_unreadable(_text(column, one)[:1], one) is None
            )
            self.meaning = next(readable, None)
            if self.meaning is None:
                raise _is(column, 0, "is neither a number nor an ISO 8601 time")
        meaning = self.meaning or pa.float64()
        if meaning == pa.int64() and first_unreadable(_text(column, meaning), meaning) is not None:
            self.meaning = meaning = pa.float64()
        text = _text(column, meaning)
        row = first_unreadable(text, meaning)
        if row is not None:
            raise _is(column, row, "is no time like the first")
        return pc.cast(text, meaning)


def _text(column: Column, meaning: pa.DataType) -> pa.Array:
    return column.text if pa.types.is_timestamp(meaning) else column.numerals


def _is(column: Column, row: int, what: str) -> DataError:
    cell = repr(column.text[row].as_py())
    return DataError(f"{column.place(row)}: {cell} {what}", seen=cell)
