"""Where a data set is: what the owner writes in `node.yaml` (or a requester in `task.yaml`)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from weftwork.config import Strict
from weftwork.config.mistakes import Location
from weftwork.errors import DataError
from weftwork.names import Name

Divisor = Annotated[
    float,
    Field(1.0, gt=0, allow_inf_nan=False, description="every feature is divided by this"),
]
Columns = Annotated[tuple[str, ...], Field(min_length=1)]
Delimiter = Annotated[str, Field(min_length=1, max_length=1)]


class Split(Strict):
    """A part of a data set: the same samples wherever it is drawn.

    By `sample`, at random, of each class the same share; by `order`, the last (of each group of
    windows) are the test part, which is right for what was measured one after another; by `group`,
    whole groups of windows at random, which is right where a model is for machines yet unseen.
    """

    part: Literal["train", "test"]
    test_fraction: float = Field(gt=0, lt=1)
    seed: int = Field(0, ge=0, lt=1 << 63)
    by: Literal["sample", "order", "group"] = "sample"


def _safe(url: str) -> str:
    """A file over TLS; plain HTTP only inside this machine, which tests use."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname == "127.0.0.1"
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise ValueError("must begin with https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must hold no name and no password")
    return url


class Download(Strict):
    """A file to be fetched once, and used only if its bytes have this digest."""

    url: Annotated[str, AfterValidator(_safe)] = Field(max_length=2048)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int | None = Field(None, ge=1, description="its size, if it is known")


class _Local(Strict):
    split: Split | None = None

    @model_validator(mode="after")
    def _grouped(self) -> "_Local":
        if self.split and self.split.by == "group" and getattr(self, "group", None) is None:
            raise ValueError("split.by: group is for windows, which name its column by group")
        return self


class FileSource(_Local):
    """A file that is there (`path`), or is to be fetched (`download`)."""

    path: Path | None = None
    download: Download | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "FileSource":
        if (self.path is None) == (self.download is None):
            raise ValueError("path or download: one of them is needed")
        return self

    @property
    def file(self) -> Path:
        """The file; `DataError` where it has not been fetched."""
        if self.path is None:
            raise DataError("a download: has not been fetched yet")
        return self.path


class Builtin(_Local):
    """A set that ships with the software: the digits, in two parts, optionally some classes."""

    kind: Literal["builtin"]
    name: Literal["digits"]
    part: Literal["train", "test"] = "train"
    classes: tuple[Annotated[int, Field(ge=0, le=9)], ...] | None = Field(None, min_length=1)


class Folder(_Local):
    """Images, one sub-folder a class, named by class name or number; pixels scaled to 0..1."""

    kind: Literal["folder"]
    path: Path


class _Table(FileSource):
    """One row a sample; `features` and `targets` name columns in the schema's order.

    Without `features`, the schema's names, or all columns but label and targets; without `targets`,
    the schema's names.
    """

    label: str | None = None
    features: Columns | None = None
    targets: Columns | None = None
    divide_by: Divisor = 1.0


class _Text(FileSource):
    """How a table in CSV is written."""

    delimiter: Delimiter = ","
    decimal: Literal[".", ","] = "."

    @model_validator(mode="after")
    def _told_apart(self) -> "_Text":
        if self.decimal == self.delimiter:
            raise ValueError(
                f"decimal: {self.decimal!r} is the delimiter, too; set that to another"
            )
        return self


class Csv(_Table, _Text):
    """A table with a header, in UTF-8."""

    kind: Literal["csv"]


class Parquet(_Table):
    """A Parquet table, read as a CSV file is."""

    kind: Literal["parquet"]


class Windows(_Text):
    """Readings of sensors in the rows of a table, cut into windows of `length` rows.

    A window begins every `stride` rows; without it, where the one before ends. `columns` are the
    channels (default: the schema's names). Windows never cross from one value of `group` (a
    machine, a run) to another, or a gap longer than `max_gap`, in the units of `time` (seconds
    where that holds dates), which must ascend in each group. A window's class is that of its last
    row, the one that most of its rows have (of equals the smallest), or for `any` the last that is
    not class 0. Its targets are those of its last row.
    """

    kind: Literal["windows"]
    format: Literal["csv", "parquet"] = "csv"
    length: int = Field(ge=1, le=1 << 20)
    stride: int | None = Field(None, ge=1, le=1 << 20)
    columns: Columns | None = None
    group: str | None = None
    time: str | None = None
    max_gap: float | None = Field(None, gt=0, allow_inf_nan=False)
    label: str | None = None
    label_rule: Literal["last", "any", "majority"] = "last"
    targets: Columns | None = None
    divide_by: Divisor = 1.0

    @model_validator(mode="after")
    def _timed(self) -> "Windows":
        if self.max_gap is not None and self.time is None:
            raise ValueError("max_gap: name the column of times by the option time")
        return self

    @property
    def step(self) -> int:
        """How many rows after a window the next begins."""
        return self.stride or self.length

    @property
    def overlap(self) -> int:
        """In how many windows a row may be."""
        return -(-self.length // self.step)


class Npz(FileSource):
    """NumPy's archive with arrays `x` (n, *shape) and `y` (n,), or targets (n, k)."""

    kind: Literal["npz"]
    divide_by: Divisor = 1.0


class IdxDownloads(Strict):
    """What to fetch for each of the two files."""

    images: Download
    labels: Download | None = None


class Idx(_Local):
    """MNIST's files, plain or compressed by gzip: `images` (n, ...), `labels` (n,)."""

    kind: Literal["idx"]
    images: Path | None = None
    labels: Path | None = None
    download: IdxDownloads | None = None
    divide_by: Divisor = 1.0

    @model_validator(mode="after")
    def _one_place(self) -> "Idx":
        if (self.images is None) == (self.download is None):
            raise ValueError("images or download: one of them is needed")
        if self.labels is not None and self.download is not None:
            raise ValueError("labels: download.labels says where to get them")
        return self

    @property
    def path(self) -> Path:
        """The file of the images; `DataError` where it has not been fetched."""
        if self.images is None:
            raise DataError("a download: has not been fetched yet")
        return self.images


class Leaf(FileSource):
    """LEAF's JSON, plain or compressed by gzip: samples by user; a file, or a folder of them."""

    kind: Literal["leaf"]
    users: tuple[str, ...] | None = Field(None, min_length=1)
    divide_by: Divisor = 1.0


Source = Annotated[
    Builtin | Folder | Csv | Parquet | Windows | Npz | Idx | Leaf, Field(discriminator="kind")
]


def held_out(source: Source) -> Source | None:
    """What `source` leaves out of training, of the same data; None if it is all that there is."""
    if source.split is not None:
        rest = source.split.model_copy(update={"part": "test"})
        return source.model_copy(update={"split": rest}) if source.split != rest else None
    if isinstance(source, Builtin) and source.part == "train":
        return source.model_copy(update={"part": "test"})
    return None


class LocalData(Strict):
    """A data set that a node's owner offers to train on. Its samples never leave the node."""

    name: Name
    source: Source


def named_twice(data: Any) -> Iterator[tuple[Location, str]]:
    """Where a file's list `data`, as it was written, has a name again."""
    entries = data if isinstance(data, list) else []
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in entries]
    for position, name in enumerate(names):
        if name is not None and name in names[:position]:
            yield ("data", position, "name"), f"{name!r} is given to two data sets"
