"""One column of a table, strictly: a missing cell or a word among numbers names row and column."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from weftwork.errors import DataError
from weftwork.learning.data.labels import label_of
from weftwork.learning.data.schema import Schema

__all__ = ["Column", "first_unreadable", "listed"]


@dataclass(frozen=True)
class Column:
    """Consecutive cells of the column `name`; `first` rows of the file came before.

    Numbers in text have a decimal point or comma, as `decimal` says.
    """

    path: Path
    name: str
    cells: pa.Array
    first: int = 0
    decimal: str = "."

    def place(self, row: int) -> str:
        """`file: row 3, column 'noise'`, where `row` counts these cells from 0."""
        return f"{self.path}: row {self.first + row + 1}, column {self.name!r}"

    def holds(self, needed: str) -> DataError:
        """The error for a column of another type."""
        return DataError(
            f"{self.path}: column {self.name!r}: holds {self.cells.type}, {needed} are needed"
        )

    @property
    def is_text(self) -> bool:
        """Whether cells are text."""
        return bool(
            pa.types.is_string(self.cells.type) or pa.types.is_large_string(self.cells.type)
        )

    @property
    def is_whole(self) -> bool:
        """Whether cells are whole numbers."""
        return bool(pa.types.is_integer(self.cells.type))

    @property
    def text(self) -> pa.Array:
        """Cells of text, without space around them."""
        return pc.utf8_trim_whitespace(self.cells)

    @property
    def numerals(self) -> pa.Array:
        """Cells of text as numbers are parsed: with a decimal point."""
        if self.decimal == ".":
            return self.text
        pointless = pc.replace_substring(self.text, ".", "_")  # it is no decimal comma: no number
        return pc.replace_substring(pointless, self.decimal, ".")

    def refuse_missing(self) -> None:
        """`DataError` for the first empty cell."""
        empty = self.cells.is_null()
        if self.is_text:
            blank = pc.equal(self.text, "")
            empty = pc.or_(empty, pc.fill_null(blank, True))
        row = pc.index(empty, True).as_py()
        if row >= 0:
            raise DataError(f"{self.place(row)}: is empty")

    def numbers(self) -> NDArray[np.float64]:
        """(n,); text is read as numbers."""
        self.refuse_missing()
        cells = self.cells
        if self.is_text:
            cells = self.numerals
        elif not (self.is_whole or pa.types.is_floating(cells.type)):
            raise self.holds("numbers")
        try:
            numbers = pc.cast(cells, pa.float64(), safe=False)
        except pa.ArrowInvalid as error:
            row = first_unreadable(cells, pa.float64()) or 0
            text = repr(self.text[row].as_py())
            raise DataError(f"{self.place(row)}: {text} is no number", seen=text) from error
        doubles: NDArray[np.float64] = numbers.to_numpy(zero_copy_only=False)
        return doubles

    def labels(self, schema: Schema) -> NDArray[np.int64]:
        """The class of each cell (n,)."""
        texts, codes = self.values()
        numbers = np.empty(len(texts), np.int64)
        _, rows = np.unique(codes, return_index=True)  # where each is first
        for code, text in enumerate(texts):
            numbers[code] = label_of(text, schema, self.place(int(rows[code])))
        labels: NDArray[np.int64] = numbers[codes]
        return labels

    def values(self) -> tuple[list[str], NDArray[np.int64]]:
        """The different values as text, in the order they appear, and for each cell which."""
        self.refuse_missing()
        if not (self.is_text or self.is_whole):
            raise self.holds("text or whole numbers")
        coded = self.cells.dictionary_encode()
        codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        numbers: dict[str, int] = {}  # of texts that differ in more than space around them
        same = [
            numbers.setdefault(str(value).strip(), len(numbers))
            for value in coded.dictionary.to_pylist()
        ]
        return list(numbers), np.array(same, np.int64)[codes]


def first_unreadable(cells: pa.Array, kind: pa.DataType) -> int | None:
    """The first cell that is no `kind`, found by halving: any prefix before it converts."""
    if _converts(cells, kind):
        return None
    low, high = 0, len(cells)  # the first bad row is in [low, high)
    while high - low > 1:
        middle = (low + high) // 2
        if _converts(cells.slice(low, middle - low), kind):
            low = middle
        else:
            high = middle
    return low


def _converts(cells: pa.Array, kind: pa.DataType) -> bool:
    try:
        pc.cast(cells, kind)
    except pa.ArrowInvalid:
        return False
    return True


def listed(names: Sequence[str] | set[str]) -> str:
    """The first dozen of `names`, quoted."""
    shown = sorted(names) if isinstance(names, set) else names
    return ", ".join(repr(name) for name in shown[:12]) + (" ..." if len(shown) > 12 else "")
