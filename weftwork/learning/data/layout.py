"""Which columns of a table are features, which is the label, which are targets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from weftwork.errors import DataError
from weftwork.learning.data.columns import listed
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Csv, Parquet, Windows

__all__ = ["Layout", "table_layout", "window_layout"]


@dataclass(frozen=True)
class Layout:
    """Column names: `label` is None for regression, and where nothing is labelled."""

    features: tuple[str, ...]
    label: str | None
    targets: tuple[str, ...]
    group: str | None = None
    time: str | None = None

    @property
    def all(self) -> list[str]:
        """Every column that is read, once."""
        single = (one for one in (self.label, self.group, self.time) if one is not None)
        return list(dict.fromkeys([*self.features, *self.targets, *single]))


def table_layout(path: Path, names: Sequence[str], source: Csv | Parquet, schema: Schema) -> Layout:
    """The layout of a table with the columns `names`, after every check of its header."""
    shape = schema.features.shape
    label, targets = _learnt(path, source, schema)
    own = schema.features.names if len(shape) == 1 else None
    kept = {source.label, *targets}
    features = source.features or own or tuple(name for name in names if name not in kept)
    found = _checked(Layout(features, label, targets), path, names)
    if len(features) != math.prod(shape):
        raise DataError(
            f"{path}: {len(features)} feature columns, "
            f"the schema's shape {list(shape)} needs {math.prod(shape)}"
        )
    return found


def window_layout(path: Path, names: Sequence[str], source: Windows, schema: Schema) -> Layout:
    """The layout of a table that is cut into windows."""
    label, targets = _learnt(path, source, schema)
    kept = {source.group, source.time, source.label, *targets}
    others = tuple(name for name in names if name not in kept)
    channels = source.columns or schema.features.names or others
    layout = Layout(channels, label, targets, source.group, source.time)
    found = _checked(layout, path, names)
    shape = (len(channels), source.length)
    if schema.features.shape != shape:
        raise DataError(
            f"{path}: windows of {shape[0]} columns and {shape[1]} rows have shape {list(shape)}, "
            f"the schema says {list(schema.features.shape)}"
        )
    return found


def _learnt(
    path: Path, source: Csv | Parquet | Windows, schema: Schema
) -> tuple[str | None, tuple[str, ...]]:
    """The column of classes (or for reconstruction of anomalies), and those of targets."""
    if schema.labels and source.label is None:
        raise DataError(f"{path}: the schema has classes: name their column by the option label")
    if schema.targets is None:
        return source.label, ()
    wanted = schema.targets.names
    given = source.targets or wanted
    if len(given) != len(wanted):
        raise DataError(
            f"{path}: targets: {len(given)} columns, the schema has {len(wanted)}: {listed(wanted)}"
        )
    return None, given


def _checked(layout: Layout, path: Path, names: Sequence[str]) -> Layout:
    """The layout, if each of its columns is there, once, and no feature gives the answer away."""
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        again = listed(twice)  # where the header was forgotten, names are the first row's values
        raise DataError(f"{path}: columns that appear twice: {again}", seen=again)
    missing = [name for name in layout.all if name not in names]
    if missing:
        has = listed(names)
        raise DataError(f"{path}: no column {listed(missing)}; it has {has}", seen=has)
    for name in layout.features:
        if name == layout.label:
            raise DataError(f"{path}: {name!r} is the label and cannot be a feature")
        if name in layout.targets:
            raise DataError(f"{path}: {name!r} is a target and cannot be a feature")
    return layout
