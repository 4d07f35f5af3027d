"""The lines of a CSV file: each is a row with a number, and none is lost."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.errors import DataError
from weftwork.learning.data import csvfile
from weftwork.learning.data.csvfile import batches, header


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(path: Path, at_once: int = 100) -> list[list[str]]:
    """Every row, as it is read."""
    names = header(path, ",")
    found: list[list[str]] = []
    for batch in batches(path, ",", names, names, at_once):
        assert isinstance(batch, pa.RecordBatch)
        assert batch.num_rows <= at_once
        found += [list(row.values()) for row in batch.to_pylist()]
    return found


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("block", [16, 1 << 20])
def test_a_blank_line_inside_is_a_row_of_empty_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, newline: str, block: int
) -> None:
    """Passed over, it would join readings that are no neighbours, and shift the rows of errors."""
    monkeypatch.setattr(csvfile, "BLOCK_BYTES", block)
    monkeypatch.setattr(csvfile, "CELL_BYTES", 1)
    lines = [",".join("abc"[:columns]), *[",".join("123"[:columns])] * 20]
    for row in (1, 2, 9, 20):
        text = newline.join([*lines[:row], "", *lines[row:]]) + newline
        found = rows(written(tmp_path, text))
        assert [i for i, one in enumerate(found, start=1) if one == [""] * columns] == [row]
        assert len(found) == 21


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n" * 40, "\r\n\r\n"])
@pytest.mark.parametrize("block", [16, 1 << 20])
def test_blank_lines_may_end_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, end: str, block: int
) -> None:
    monkeypatch.setattr(csvfile, "BLOCK_BYTES", block)
    monkeypatch.setattr(csvfile, "CELL_BYTES", 1)
    lines = [",".join("abc"[:columns]), *[",".join("123"[:columns])] * 20]
    assert rows(written(tmp_path, "\n".join(lines) + end)) == [list("123")[:columns]] * 20


@given(st.integers(1, 60), st.data(), st.integers(32, 100))
def test_a_line_with_too_few_or_too_many_cells_has_its_row(
    tmp_path_factory: pytest.TempPathFactory, count: int, data: st.DataObject, block: int
) -> None:
    bad = data.draw(st.integers(1, count))
    cells = data.draw(st.sampled_from([1, 2, 4, 9]))
    lines = ["1,2,3"] * count
    lines[bad - 1] = ",".join(["secret"[:2]] * cells)
    path = written(tmp_path_factory.getbasetemp(), "\n".join(["a,b,c", *lines]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csvfile, "BLOCK_BYTES", block)
        patch.setattr(csvfile, "CELL_BYTES", 1)
        with pytest.raises(DataError, match=rf"row {bad}: has {cells} cells, the header has 3$"):
            rows(path)


@pytest.mark.parametrize("at_once", [1, 7, 100])
def test_rows_come_in_batches_of_a_size(tmp_path: Path, at_once: int) -> None:
    found = rows(written(tmp_path, "a,b\n" + "1,x\n" * 20), at_once)
    assert found == [["1", "x"]] * 20
