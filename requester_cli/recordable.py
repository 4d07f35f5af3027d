"""What the ledger takes as JSON, said of a task file as it was written.

The ledger refuses the rest by itself, but only after the artifacts were drawn and handed over, and
without the line.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from weftwork.config.mistakes import Location
from weftwork.terminal import printable

# What others who read the ledger's JSON keep exactly, too.
MAX_INTEGER = (1 << 53) - 1

# A definition as JSON, and what of it is not the author's: names, digests, numbers, keys.
MAX_BYTES = 64 * 1024
FRAME_BYTES = 2 * 1024

# Where the author may write at length.
PROSE: tuple[Location, ...] = (
    ("title",),
    ("description",),
    ("purpose",),
    ("usage_rules",),
    ("model", "parameters"),
    ("data", "schema"),
)


def unrecordable(parts: Mapping[Location, Any]) -> Iterator[tuple[Location, str]]:
    """What the ledger would not take of `parts`: what stands under each of `PROSE`, or None."""
    for location, value in parts.items():
        yield from _oddities(value, location)
    sizes = {location: len(_json(value)) for location, value in parts.items()}
    size = sum(sizes.values()) + FRAME_BYTES
    if size > MAX_BYTES:
        names = ", ".join(".".join(map(str, location)) for location in PROSE)
        yield (
            max(sizes, key=lambda location: sizes[location]),
            f"with all its texts the task is {size} bytes on the ledger, which takes {MAX_BYTES};"
            f" shorten {names}",
        )


def exact(value: Any) -> Any:
    """`value` with decimals as text: the ledger holds no floating-point number."""
    if isinstance(value, dict):
        return {key: exact(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [exact(one) for one in value]
    return repr(value) if isinstance(value, float) else value


def _oddities(value: Any, location: Location) -> Iterator[tuple[Location, str]]:
    match value:
        case dict():
            for key, one in value.items():
                yield from _oddities(str(key), location)
                yield from _oddities(one, (*location, key))
        case list():
            for position, one in enumerate(value):
                yield from _oddities(one, (*location, position))
        case str():
            if printable(value) != value:
                yield location, "must be without control characters"
        case int():
            if abs(value) > MAX_INTEGER:
                yield location, f"must be at most {MAX_INTEGER}, the ledger's largest number"


def _json(value: Any) -> bytes:
    return json.dumps(exact(value), ensure_ascii=False, separators=(",", ":")).encode()
