"""Where a data set is: what the owner writes in `node.yaml` (or a requester in `task.yaml`)."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from weftwork.config import Strict
from weftwork.names import Name

Divisor = Annotated[
    float,
    Field(1.0, gt=0, allow_inf_nan=False, description="every feature is divided by this"),
]
Columns = Annotated[tuple[str, ...], Field(min_length=1)]


class Builtin(Strict):
    """A set that ships with the software: the digits, in two parts, optionally some classes."""

    kind: Literal["builtin"]
    name: Literal["digits"]
    part: Literal["train", "test"] = "train"
    classes: tuple[Annotated[int, Field(ge=0, le=9)], ...] | None = Field(None, min_length=1)


class Folder(Strict):
    """Images, one sub-folder a class, named by class name or number; pixels scaled to 0..1."""

    kind: Literal["folder"]
    path: Path


class _Table(Strict):
    """One row a sample; `features` and `targets` name columns in the schema's order.

    Without `features`, the schema's names, or all columns but label and targets; without `targets`,
    the schema's names.
    """

    path: Path
    label: str | None = None
    features: Columns | None = None
    targets: Columns | None = None
    divide_by: Divisor = 1.0


class Csv(_Table):
    """A table with a header, in UTF-8."""

    kind: Literal["csv"]
    delimiter: str = Field(",", min_length=1, max_length=1)


class Parquet(_Table):
    """A Parquet table, read as a CSV file is."""

    kind: Literal["parquet"]


class Npz(Strict):
    """NumPy's archive with arrays `x` (n, *shape) and `y` (n,), or targets (n, k)."""

    kind: Literal["npz"]
    path: Path
    divide_by: Divisor = 1.0


Source = Annotated[Builtin | Folder | Csv | Parquet | Npz, Field(discriminator="kind")]


class LocalData(Strict):
    """A data set that a node's owner offers to train on. Its samples never leave the node."""

    name: Name
    source: Source
