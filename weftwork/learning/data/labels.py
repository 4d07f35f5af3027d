"""From what the data call a class to its number."""

from weftwork.errors import DataError
from weftwork.learning.data.schema import Schema

__all__ = ["ANOMALY", "class_count", "label_of"]

# For reconstruction, a sample's label only tells evaluation what is an anomaly.
ANOMALY = ("normal", "anomaly")


def class_count(schema: Schema) -> int:
    """How many labels there are: the classes, or for reconstruction normal and anomaly."""
    return schema.labels.classes if schema.labels else len(ANOMALY)


def label_of(text: str, schema: Schema, where: str) -> int:
    """The class that `text` names; `DataError`, beginning with `where`, if there is none."""
    names = schema.labels.names if schema.labels else ANOMALY
    if names is not None and text in names:
        return names.index(text)
    numbered = schema.labels is None or schema.labels.names is None
    if numbered and _is_number(text) and int(text) < class_count(schema):
        return int(text)
    known = [", ".join(names)] if names is not None else []
    if numbered:
        known.append(f"0..{class_count(schema) - 1}")
    message = f"{where}: {text!r} is not a class; classes: {' or '.join(known)}"
    raise DataError(message, seen=repr(text))


def _is_number(text: str) -> bool:
    # Python reads no number of thousands of digits, and no class has one.
    return text.isascii() and text.isdigit() and len(text) <= 9
