"""Read a source whole, and check it; what takes long to read is kept as prepared numbers."""

from collections import deque
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from weftwork.errors import DataError
from weftwork.learning.data.cache import Cache
from weftwork.learning.data.dataset import Dataset
from weftwork.learning.data.readers import place, read
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.selection import Selection
from weftwork.learning.data.sources import Builtin, Source

__all__ = ["load"]

# Samples and labels that are larger are kept on disk, where there is a cache for them: a training
# would decode and check them again in every round.
KEPT_BYTES = 4 << 20
# What is larger than this is mapped from there, too.
IN_MEMORY_BYTES = 256 << 20


def load(
    source: Source,
    schema: Schema,
    cache: Path | None = None,
    *,
    in_memory_bytes: int = IN_MEMORY_BYTES,
) -> Dataset:
    """The samples of `source`; `DataError` says which row and column is wrong, and why.

    With a folder `cache`, all but small and builtin data sets are written into it, and the next
    time taken from there, unless the source or the schema changed. What is larger than
    `in_memory_bytes` is mapped: read-only, and never in memory as a whole, neither here nor when it
    is used.
    """
    kept = None if cache is None else _cache(cache, source, schema)
    if kept is not None and (dataset := kept.open()) is not None:
        return _held(dataset, in_memory_bytes)
    selection = None if source.split is None else Selection(source, source.split)
    parts: deque[Dataset] = deque()
    size = 0
    rest = read(source, schema, selection.note if selection else None)
    for part in rest:
        parts.append(part)
        size += part.x.nbytes + part.y.nbytes
        if kept is not None and size > min(KEPT_BYTES, in_memory_bytes):
            choice = selection.rows if selection else None
            return _held(kept.build(chain(_taken(parts), rest), choice), in_memory_bytes)
    dataset = _joined(parts, source)
    if selection is None:
        return dataset
    rows = selection.rows(dataset.y)
    return Dataset(dataset.x[rows], dataset.y[rows])


def _cache(folder: Path, source: Source, schema: Schema) -> Cache | None:
    if isinstance(source, Builtin):
        return None
    try:
        return Cache(folder, source, schema)
    except OSError:
        return None  # to read it will say what is wrong


def _held(mapped: Dataset, in_memory_bytes: int) -> Dataset:
    """In memory, unless it is larger."""
    if mapped.x.nbytes + mapped.y.nbytes > in_memory_bytes:
        return mapped
    return Dataset(np.require(mapped.x, None, ["E", "W"]), np.require(mapped.y, None, ["E", "W"]))


def _taken(parts: deque[Dataset]) -> Iterator[Dataset]:
    """Each part, let go before the next."""
    while parts:
        yield parts.popleft()


def _joined(parts: deque[Dataset], source: Source) -> Dataset:
    count = sum(map(len, parts))
    if not count:
        raise DataError(f"{place(source)}: holds no sample")
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    x = np.empty((count, *first.x.shape[1:]), first.x.dtype)
    y = np.empty((count, *first.y.shape[1:]), first.y.dtype)
    done = 0
    for part in _taken(parts):  # so that memory is hardly more than the whole
        x[done : done + len(part)], y[done : done + len(part)] = part.x, part.y
        done += len(part)
    return Dataset(x, y)
