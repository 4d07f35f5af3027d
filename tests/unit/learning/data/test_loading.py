"""What cannot be read: the data's fault, or the machine's of this moment."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from weftwork.errors import DataError, EnvironmentFaultError
from weftwork.learning.data import Csv, load, tables
from weftwork.learning.data.portions import Portion
from weftwork.learning.data.schema import Schema

SCHEMA = Schema.model_validate({"features": {"shape": [1]}, "labels": {"classes": 2}})


@pytest.fixture
def source(tmp_path: Path) -> Csv:
    path = tmp_path / "pumps.csv"
    path.write_text("a,y\n1,0\n")
    return Csv(kind="csv", path=path, features=("a",), label="y")


def failing(monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    def read(*_: object) -> Iterator[Portion]:
        raise error

    monkeypatch.setattr(tables, "read_table", read)


def test_a_disk_that_fails_now_is_the_machines_fault(
    source: Csv, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, OSError(errno.EIO, "Input/output error"))
    with pytest.raises(EnvironmentFaultError, match=r"pumps\.csv: Input/output error"):
        load(source, SCHEMA)


def test_a_library_that_says_oserror_of_bad_bytes_blames_the_data(
    source: Csv, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, OSError("no such magic number"))
    with pytest.raises(DataError, match=r"cannot be read as csv: no such magic number"):
        load(source, SCHEMA)
