"""Read a source whole, and check it against the schema."""

import numpy as np

from weftwork.errors import DataError
from weftwork.learning.data.dataset import Dataset
from weftwork.learning.data.readers import place, read
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Source

__all__ = ["load"]


def load(source: Source, schema: Schema) -> Dataset:
    """The samples of `source`; `DataError` says which row and column is wrong, and why."""
    parts = list(read(source, schema))
    if not sum(map(len, parts)):
        raise DataError(f"{place(source)}: holds no sample")
    if len(parts) == 1:
        return parts[0]
    return Dataset(np.concatenate([p.x for p in parts]), np.concatenate([p.y for p in parts]))
