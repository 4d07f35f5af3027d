"""CSV and Parquet tables: one row a sample, one column a feature, and a label or targets.

Everything is strict: a missing cell, a word among numbers or a class that the schema does not have
is an error with row and column, since a silent guess at one site spoils everybody's model.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet

from weftwork.learning.data import csvfile
from weftwork.learning.data.layout import Layout, table_layout
from weftwork.learning.data.portions import Origin, Portion, portion_rows
from weftwork.learning.data.rows import Rows
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Csv, Parquet, Windows

__all__ = ["opened", "read_table"]

BUFFER_BYTES = 1 << 16  # for each column of a Parquet file


def read_table(source: Csv | Parquet, schema: Schema) -> Iterator[Portion]:
    """Features in the order of the layout, shaped as the schema says."""
    with opened(source, portion_rows(schema)) as (names, read):
        found = table_layout(source.file, names, source, schema)
        for rows in read(found.all):
            yield _portion(rows, found, schema)


def _portion(rows: Rows, found: Layout, schema: Schema) -> Portion:
    x = rows.matrix(found.features).reshape(-1, *schema.features.shape)
    origin = Origin(str(rows.path), found.features, found.targets, rows.first)
    return Portion(x, rows.learnt(found, schema), origin)


Batches = Callable[[list[str]], Iterator[pa.RecordBatch]]
Read = Callable[[list[str]], Iterator[Rows]]


@contextmanager
def opened(source: Csv | Parquet | Windows, rows: int) -> Iterator[tuple[list[str], Read]]:
    """The names of all columns, and what reads some of them, at most `rows` rows at a time.

    Of CSV every cell comes as text, since what is a number is decided with row and column.
    """
    decimal = "." if isinstance(source, Parquet) else source.decimal

    def read(wanted: list[str]) -> Iterator[Rows]:
        first = 0
        for batch in batches(wanted):
            yield Rows(batch, source.file, first, decimal)
            first += batch.num_rows

    with _opened(source, rows) as (names, batches):
        yield names, read


@contextmanager
def _opened(source: Csv | Parquet | Windows, rows: int) -> Iterator[tuple[list[str], Batches]]:
    path = source.file
    if isinstance(source, Parquet) or (isinstance(source, Windows) and source.format == "parquet"):
        with pyarrow.parquet.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False) as file:
            yield (
                file.schema_arrow.names,
                lambda names: file.iter_batches(rows, columns=names, use_threads=False),
            )
    else:
        delimiter = source.delimiter
        header = csvfile.header(path, delimiter)
        yield header, lambda names: csvfile.batches(path, delimiter, header, names, rows)
