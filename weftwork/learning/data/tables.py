"""CSV and Parquet tables: one row a sample, one column a feature, and a label or targets.

Everything is strict: a missing cell, a word among numbers or a class that the schema does not have
is an error with row and column, since a silent guess at one site spoils everybody's model.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from weftwork.learning.data.columns import Column
from weftwork.learning.data.layout import Layout, table_layout
from weftwork.learning.data.portions import Origin, Portion, portion_rows, unlabelled
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Csv, Parquet

__all__ = ["learnt", "matrix", "opened", "read_table"]

# Of text at once. A row must fit into it: that of a wide table gets more.
BLOCK_BYTES = 1 << 20
CELL_BYTES = 64
MAX_HEADER_BYTES = 16 << 20
BUFFER_BYTES = 1 << 16  # for each column of a Parquet file


def read_table(source: Csv | Parquet, schema: Schema) -> Iterator[Portion]:
    """Features in the order of the layout, shaped as the schema says."""
    path, first = source.file, 0
    delimiter = source.delimiter if isinstance(source, Csv) else None
    with opened(path, delimiter, portion_rows(schema)) as (names, read):
        found = table_layout(path, names, source, schema)
        for batch in read(found.all):
            yield _portion(batch, found, schema, path, first)
            first += batch.num_rows


def _portion(
    batch: pa.RecordBatch, found: Layout, schema: Schema, path: Path, first: int
) -> Portion:
    x = matrix(batch, found.features, path, first).reshape(-1, *schema.features.shape)
    y = learnt(batch, found, schema, path, first)
    return Portion(x, y, Origin(str(path), found.features, found.targets, first))


def matrix(batch: pa.RecordBatch, names: Sequence[str], path: Path, first: int) -> np.ndarray:
    """The numbers of the columns `names` (n, columns), in float64."""
    values = np.empty((batch.num_rows, len(names)), np.float64)
    for j, name in enumerate(names):
        values[:, j] = Column.of(batch, name, path, first).numbers()
    return values


def learnt(
    batch: pa.RecordBatch, found: Layout, schema: Schema, path: Path, first: int
) -> np.ndarray:
    """Of each row the targets (n, k), or the class (n,)."""
    if found.targets:
        return matrix(batch, found.targets, path, first)
    if found.label is not None:
        return Column.of(batch, found.label, path, first).labels(schema)
    return unlabelled(batch.num_rows)


Read = Callable[[list[str]], Iterator[pa.RecordBatch]]


@contextmanager
def opened(path: Path, delimiter: str | None, rows: int) -> Iterator[tuple[list[str], Read]]:
    """The names of all columns, and what reads some of them in batches of at most `rows` rows.

    With a `delimiter` the table is CSV: every cell comes as text, since what is a number is decided
    with row and column. Without, it is Parquet.
    """
    if delimiter is None:
        with pyarrow.parquet.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False) as file:
            yield (
                file.schema_arrow.names,
                lambda names: file.iter_batches(rows, columns=names, use_threads=False),
            )
    else:
        with _open_csv(_header(path), delimiter, []) as reader:
            header = reader.schema.names
        size = max(BLOCK_BYTES, CELL_BYTES * len(header))
        yield header, lambda names: _csv_batches(path, delimiter, names, rows, size)


def _header(path: Path) -> BytesIO:
    """The first line; a reader of the whole file would read far ahead."""
    line = b""
    with pa.input_stream(path, compression="detect") as file:
        while b"\n" not in line and len(line) < MAX_HEADER_BYTES and (more := file.read(1 << 16)):
            line += more
    return BytesIO(line[: line.find(b"\n") + 1] or line)


def _csv_batches(
    path: Path, delimiter: str, names: list[str], rows: int, size: int
) -> Iterator[pa.RecordBatch]:
    with _open_csv(path, delimiter, names, size) as reader:
        for block in reader:
            for start in range(0, block.num_rows, rows):
                yield block.slice(start, rows)


def _open_csv(
    file: Path | BytesIO, delimiter: str, names: list[str], size: int = MAX_HEADER_BYTES
) -> pyarrow.csv.CSVStreamingReader:
    """Reads the columns `names` as text; all columns, of types as guessed, if there are none."""
    return pyarrow.csv.open_csv(
        file,
        # With more threads it would read far ahead.
        read_options=pyarrow.csv.ReadOptions(block_size=size, use_threads=False),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), include_columns=names
        ),
    )
