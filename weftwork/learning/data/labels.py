"""From what the data call a class to its number."""

from weftwork.errors import DataError
from weftwork.learning.data.schema import Schema


def label_of(text: str, schema: Schema, where: str) -> int:
    """The class that `text` names; `DataError`, beginning with `where`, if there is none."""
    names = schema.labels.names
    if names is not None:
        if text in names:
            return names.index(text)
        known = ", ".join(names)
    else:
        if _is_number(text) and int(text) < schema.labels.classes:
            return int(text)
        known = f"0..{schema.labels.classes - 1}"
    raise DataError(f"{where}: {text!r} is not a class; classes: {known}", seen=repr(text))


def _is_number(text: str) -> bool:
    # Python reads no number of thousands of digits, and no class has one.
    return text.isascii() and text.isdigit() and len(text) <= 9
