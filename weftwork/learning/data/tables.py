"""CSV and Parquet tables: one row a sample, one column a feature, and a label column.

Everything is strict: a missing cell, a word among numbers or a class that the schema does not have
is an error with row and column, since a silent guess at one site spoils everybody's model.
"""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from weftwork.errors import DataError
from weftwork.learning.data.dataset import Dataset, LabelArray, Origin, as_float32, checked
from weftwork.learning.data.labels import label_of
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Csv, Parquet


def load_table(source: Csv | Parquet, schema: Schema) -> Dataset:
    """Features in the order of `source.features`, or of the file, shaped as the schema says."""
    table = _read(source)
    columns = _feature_columns(table.column_names, source, schema)
    x = np.empty((table.num_rows, len(columns)), np.float32)
    for j, name in enumerate(columns):
        x[:, j] = as_float32(_numbers(_decoded(table[name]), name, source.path) / source.divide_by)
    y = _labels(_decoded(table[source.label]), source, schema)
    shaped = x.reshape(-1, *schema.features.shape)
    return checked(shaped, y, schema, Origin(str(source.path), columns))


def _read(source: Csv | Parquet) -> pa.Table:
    """Of a CSV file every cell as text: what is a number is decided here, with row and column."""
    if isinstance(source, Parquet):
        return pyarrow.parquet.read_table(source.path)
    parse = pyarrow.csv.ParseOptions(delimiter=source.delimiter)
    with pyarrow.csv.open_csv(source.path, parse_options=parse) as reader:
        names = reader.schema.names
    return pyarrow.csv.read_csv(
        source.path,
        parse_options=parse,
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    )


def _feature_columns(names: list[str], source: Csv | Parquet, schema: Schema) -> list[str]:
    """The feature columns, after every check of the header."""
    twice = {name for name in names if names.count(name) > 1}
    wanted = source.features or tuple(name for name in names if name != source.label)
    missing = [name for name in (source.label, *wanted) if name not in names]
    if twice:
        again = _listed(twice)  # where the header was forgotten, names are the first row's values
        raise DataError(f"{source.path}: columns that appear twice: {again}", seen=again)
    if missing:
        has = _listed(names)
        raise DataError(f"{source.path}: no column {_listed(missing)}; it has {has}", seen=has)
    if source.label in wanted:
        raise DataError(f"{source.path}: {source.label!r} is the label and cannot be a feature")
    size = math.prod(schema.features.shape)
    if len(wanted) != size:
        raise DataError(
            f"{source.path}: {len(wanted)} feature columns, "
            f"the schema's shape {list(schema.features.shape)} needs {size}"
        )
    return list(wanted)


def _listed(names: list[str] | set[str]) -> str:
    shown = sorted(names) if isinstance(names, set) else names
    return ", ".join(repr(name) for name in shown[:12]) + (" ..." if len(shown) > 12 else "")


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column itself where it is stored as codes of values (pandas calls it categorical)."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _is_text(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def _numbers(column: pa.ChunkedArray, name: str, path: Path) -> NDArray[np.float64]:
    where = f"column {name!r}"
    _refuse_missing(column, where, path)
    if _is_text(column):
        column = pc.utf8_trim_whitespace(column)
    elif not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise DataError(f"{path}: {where}: holds {column.type}, numbers are needed")
    try:
        numbers = pc.cast(column, pa.float64(), safe=False)
    except pa.ArrowInvalid as error:
        row, text = _first_word(column)
        message = f"{path}: row {row + 1}, {where}: {text!r} is no number"
        raise DataError(message, seen=repr(text)) from error
    doubles: NDArray[np.float64] = numbers.to_numpy()
    return doubles


def _refuse_missing(column: pa.ChunkedArray, where: str, path: Path) -> None:
    empty = column.is_null()
    if _is_text(column):
        blank = pc.equal(pc.utf8_trim_whitespace(column), "")
        empty = pc.or_(empty, pc.fill_null(blank, True))
    row = pc.index(empty, True).as_py()
    if row >= 0:
        raise DataError(f"{path}: row {row + 1}, {where}: is empty")


def _first_word(column: pa.ChunkedArray) -> tuple[int, str]:
    """The first cell that does not convert, found by halving: any prefix before it converts."""
    low, high = 0, len(column)  # the first bad row is in [low, high)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            pc.cast(column.slice(low, middle - low), pa.float64())
            low = middle
        except pa.ArrowInvalid:
            high = middle
    return low, column[low].as_py()


def _labels(column: pa.ChunkedArray, source: Csv | Parquet, schema: Schema) -> LabelArray:
    where = f"column {source.label!r}"
    _refuse_missing(column, where, source.path)
    if not (_is_text(column) or pa.types.is_integer(column.type)):
        held = f"{source.path}: {where}: holds {column.type}"
        raise DataError(f"{held}, text or whole numbers are needed")
    coded = column.combine_chunks().dictionary_encode()
    numbers = np.empty(len(coded.dictionary), np.int64)
    for i, value in enumerate(coded.dictionary.to_pylist()):
        row = pc.index(column, coded.dictionary[i]).as_py() + 1
        text = str(value).strip()
        numbers[i] = label_of(text, schema, f"{source.path}: row {row}, {where}")
    y: LabelArray = numbers[coded.indices.to_numpy()]
    return y
