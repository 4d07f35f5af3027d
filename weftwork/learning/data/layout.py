"""Which columns of a table are features, which is the label, which are targets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from weftwork.errors import DataError
from weftwork.learning.data.columns import listed
from weftwork.learning.data.schema import Objective, Schema
from weftwork.learning.data.sources import Csv, Parquet

__all__ = ["Layout", "check_names", "layout", "target_columns"]


@dataclass(frozen=True)
class Layout:
    """Column names: `label` is None for regression, and where nothing is labelled."""

    features: tuple[str, ...]
    label: str | None
    targets: tuple[str, ...]

    @property
    def all(self) -> list[str]:
        """Every column that is read."""
        return [*self.features, *((self.label,) if self.label is not None else ()), *self.targets]


def layout(path: Path, names: Sequence[str], source: Csv | Parquet, schema: Schema) -> Layout:
    """The layout of a table with the columns `names`, after every check of its header."""
    label = label_column(path, source.label, schema)
    targets = target_columns(path, source.targets, schema)
    kept = {source.label, *targets}
    shape = schema.features.shape
    own = schema.features.names if len(shape) == 1 else None
    features = source.features or own or tuple(name for name in names if name not in kept)
    found = Layout(features, label, targets)
    check_names(path, names, found.all)
    for name in features:
        if name == label:
            raise DataError(f"{path}: {name!r} is the label and cannot be a feature")
        if name in targets:
            raise DataError(f"{path}: {name!r} is a target and cannot be a feature")
    if len(features) != math.prod(shape):
        raise DataError(
            f"{path}: {len(features)} feature columns, "
            f"the schema's shape {list(shape)} needs {math.prod(shape)}"
        )
    return found


def label_column(path: Path, label: str | None, schema: Schema) -> str | None:
    """The column of classes, or for reconstruction of anomalies, if it is to be read."""
    if schema.labels and label is None:
        raise DataError(f"{path}: the schema has classes: name their column by the option label")
    return None if schema.objective is Objective.REGRESSION else label


def target_columns(path: Path, given: tuple[str, ...] | None, schema: Schema) -> tuple[str, ...]:
    """The columns of the schema's targets, in its order."""
    if schema.targets is None:
        return ()
    wanted = schema.targets.names
    if given is not None and len(given) != len(wanted):
        raise DataError(
            f"{path}: targets: {len(given)} columns, the schema has {len(wanted)}: {listed(wanted)}"
        )
    return given or wanted


def check_names(path: Path, names: Sequence[str], wanted: Sequence[str]) -> None:
    """`DataError` unless every wanted column is there, once, and is wanted once."""
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        again = listed(twice)  # where the header was forgotten, names are the first row's values
        raise DataError(f"{path}: columns that appear twice: {again}", seen=again)
    missing = [name for name in wanted if name not in names]
    if missing:
        has = listed(names)
        raise DataError(f"{path}: no column {listed(missing)}; it has {has}", seen=has)
