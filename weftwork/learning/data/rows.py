"""Consecutive rows of a table, of which columns are read strictly."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from weftwork.learning.data.columns import Column
from weftwork.learning.data.layout import Layout
from weftwork.learning.data.portions import unlabelled
from weftwork.learning.data.schema import Schema

__all__ = ["Rows"]


@dataclass(frozen=True)
class Rows:
    """Rows of the table `path`, before which `first` came; numbers in text have this `decimal`."""

    batch: pa.RecordBatch
    path: Path
    first: int
    decimal: str

    def __len__(self) -> int:
        """How many rows."""
        return int(self.batch.num_rows)

    def column(self, name: str) -> Column:
        """A column; where it is stored as codes of values (pandas' categorical), the values."""
        cells = self.batch.column(name)
        if pa.types.is_dictionary(cells.type):
            cells = cells.cast(cells.type.value_type)
        return Column(self.path, name, cells, self.first, self.decimal)

    def matrix(self, names: Sequence[str]) -> NDArray[np.float64]:
        """The numbers of the columns `names` (n, columns)."""
        values = np.empty((len(self), len(names)), np.float64)
        for j, name in enumerate(names):
            values[:, j] = self.column(name).numbers()
        return values

    def learnt(self, found: Layout, schema: Schema) -> np.ndarray:
        """Of each row the targets (n, k), or the class (n,)."""
        if found.targets:
            return self.matrix(found.targets)
        if found.label is not None:
            return self.column(found.label).labels(schema)
        return unlabelled(len(self))
