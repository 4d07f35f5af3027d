"""CSV as batches of text: each line is a row, so that none is lost and rows keep their numbers.

What a cell means, and whether it may be empty, is decided elsewhere, with row and column.
"""

from collections.abc import Iterator
from io import BytesIO, RawIOBase
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from weftwork.errors import DataError

__all__ = ["batches", "header"]

# Of text at once. A row must fit into it: that of a wide table gets more.
BLOCK_BYTES = 1 << 20
CELL_BYTES = 64
MAX_HEADER_BYTES = 16 << 20


def header(path: Path, delimiter: str) -> list[str]:
    """The names of all columns, without space around them; `DataError` if they are not in UTF-8."""
    with pyarrow.csv.open_csv(
        _first_line(path),
        read_options=pyarrow.csv.ReadOptions(block_size=MAX_HEADER_BYTES, use_threads=False),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
    ) as reader:
        return [name.strip() for name in reader.schema.names]


def batches(
    path: Path, delimiter: str, columns: list[str], names: list[str], rows: int
) -> Iterator[pa.RecordBatch]:
    """The columns `names` as text, at most `rows` rows at a time; all of its `columns` are known.

    A blank line is a row of empty cells, but at the end of the file. `DataError` names the first
    row that has another number of cells.
    """
    ragged: list[pyarrow.csv.InvalidRow] = []
    try:
        with (
            pa.input_stream(path, compression="detect") as file,
            _open(_Body(file), delimiter, columns, names, ragged) as reader,
        ):
            header_rows = 1
            for block in reader:
                for start in range(header_rows, block.num_rows, rows):
                    yield block.slice(start, rows)
                header_rows = 0
    except pa.ArrowInvalid as error:
        if not ragged:
            raise
        has = f"has {ragged[0].actual_columns} cells, the header has {len(columns)}"
        raise DataError(f"{path}: row {ragged[0].number - 1}: {has}") from error


def _open(
    body: "_Body",
    delimiter: str,
    columns: list[str],
    names: list[str],
    ragged: list[pyarrow.csv.InvalidRow],
) -> pyarrow.csv.CSVStreamingReader:
    """Adds what has too few or too many cells to `ragged`, before the reader raises."""

    def refuse(row: pyarrow.csv.InvalidRow) -> str:
        ragged.append(row)
        return "error"

    return pyarrow.csv.open_csv(
        body,
        read_options=pyarrow.csv.ReadOptions(
            block_size=max(BLOCK_BYTES, CELL_BYTES * len(columns)),
            use_threads=False,  # with more it would read far ahead
            column_names=columns,  # so that the header is a row
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter,
            ignore_empty_lines=False,
            invalid_row_handler=refuse,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), include_columns=names
        ),
    )


class _Body(RawIOBase):
    """A file's bytes, with one line end after its last line: without blank lines there."""

    def __init__(self, file: pa.NativeFile) -> None:
        self._file = file
        self._ready = b""
        self._held = b""  # line ends, after which there may be nothing
        self._ended = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """As many bytes as are asked for, or all that are left."""
        while not self._ended and (size < 0 or len(self._ready) < size):
            more = self._file.read(BLOCK_BYTES if size < 0 else size)
            text = self._held + more
            line = text.rstrip(b"\r\n")
            self._held = text[len(line) :]
            self._ready += line if more else b"\n"
            self._ended = not more
        end = len(self._ready) if size < 0 else size
        found, self._ready = self._ready[:end], self._ready[end:]
        return found


def _first_line(path: Path) -> BytesIO:
    """The header; a reader of the whole file would read far ahead."""
    line = b""
    with pa.input_stream(path, compression="detect") as file:
        while b"\n" not in line and len(line) < MAX_HEADER_BYTES and (more := file.read(1 << 16)):
            line += more
    line = next(iter(line.splitlines()), b"")
    try:
        line.decode()
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: its header is not in UTF-8; save the table as UTF-8") from error
    return BytesIO(line + b"\n")
