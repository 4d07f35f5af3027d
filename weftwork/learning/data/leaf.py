"""LEAF's JSON (Caldas et al. 2018): `user_data` has the samples x and y of each user.

Or `users` is an object that has each user's whole `text`, of which every sequence is a sample.
"""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from weftwork.errors import DataError
from weftwork.learning.data.compressed import opened
from weftwork.learning.data.labels import label_of
from weftwork.learning.data.letters import ALPHABET, numbered, one_line, sequences
from weftwork.learning.data.members import Members
from weftwork.learning.data.portions import Origin, Portion, portion_rows
from weftwork.learning.data.schema import Objective, Schema
from weftwork.learning.data.sources import Leaf

__all__ = ["read_leaf", "samples_by_user"]

LETTERS = len(ALPHABET)


@dataclass(frozen=True)
class _User(Origin):
    """Users count from 1 in the order of the files: a name might be a person's."""

    user: int = 0

    def row(self, row: int) -> str:
        return f"{self.name}: user {self.user}, sample {self.first + row + 1}"


def read_leaf(source: Leaf, schema: Schema) -> Iterator[Portion]:
    """Samples in the order of the files and of the users in each."""
    for _, portion in _by_user(source, schema):
        yield portion


def samples_by_user(source: Leaf, schema: Schema) -> dict[str, int]:
    """How many samples each user has, in the order in which `load` gives them."""
    counts: dict[str, int] = {}
    for name, portion in _by_user(source, schema):
        counts[name] = counts.get(name, 0) + len(portion.x)
    return counts


def _by_user(source: Leaf, schema: Schema) -> Iterator[tuple[str, Portion]]:
    missing = set(source.users or ())
    for path in _files(source.file):
        for number, (name, content) in enumerate(_users(path), start=1):
            if source.users is None or name in source.users:
                missing.discard(name)
                for portion in _portions(content, schema, _User(str(path), user=number)):
                    yield name, portion
    if missing:
        names = ", ".join(sorted(missing))
        raise DataError(f"{source.file}: has no user {names}", seen=names)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.iterdir() if one.name.endswith((".json", ".json.gz")))
    if not found:
        raise DataError(f"{path}: holds no .json and no .json.gz")
    return found


def _users(path: Path) -> Iterator[tuple[str, Any]]:
    """Each user's name and content."""
    found = False
    with opened(path) as file, io.TextIOWrapper(file, "utf-8") as text:
        document = Members(text, str(path))
        for key in document.keys():  # noqa: SIM118 - not a dictionary's
            if key == "user_data" or (key == "users" and document.peek() == "{"):
                found = True
                for name in document.keys():  # noqa: SIM118 - not a dictionary's
                    yield name, document.value()
            else:
                document.value()
    if not found:
        raise DataError(f"{path}: has no user_data; is this LEAF's JSON?")


def _portions(content: Any, schema: Schema, user: _User) -> Iterator[Portion]:
    if not isinstance(content, dict) or not (set(content) & {"x", "text"}):
        raise DataError(f"{user.name}: user {user.user}: has neither x nor text")
    if "text" in content:
        x, y = _sequences(content["text"], schema, user)
    else:
        x, y = _samples(content, schema, user)
    rows = portion_rows(schema)
    for start in range(0, len(x), rows):
        part = slice(start, start + rows)
        yield Portion(x[part], y[part], replace(user, first=start))


def _sequences(text: Any, schema: Schema, user: _User) -> tuple[np.ndarray, np.ndarray]:
    _refuse_other_alphabets(schema, user)
    if not isinstance(text, str):
        raise DataError(f"{user.name}: user {user.user}: text is no text")
    line = one_line(text)
    numbers = numbered(line)
    if numbers.size and numbers.min() < 0:
        position = int(np.argmax(numbers < 0))
        where = f"{user.name}: user {user.user}, character {position + 1}"
        raise _no_letter(line[position], where)
    return sequences(numbers, math.prod(schema.features.shape))


def _samples(content: dict[str, Any], schema: Schema, user: _User) -> tuple[np.ndarray, np.ndarray]:
    x, y = content["x"], content.get("y")
    if y is None and schema.objective is Objective.RECONSTRUCTION:
        y = [0] * len(x)
    if not (isinstance(x, list) and isinstance(y, list) and len(x) == len(y)):
        raise DataError(f"{user.name}: user {user.user}: x and y must be lists of equal length")
    if x and isinstance(x[0], str):
        _refuse_other_alphabets(schema, user)
        return _letters(x, math.prod(schema.features.shape), user), _letters(y, 1, user)[:, 0]
    shape = schema.features.shape
    values = _numbers(x, math.prod(shape), user, "x").reshape(-1, *shape)
    if schema.targets:
        return values, _numbers(y, len(schema.targets.names), user, "y")
    labels = [label_of(str(one), schema, f"{user.row(row)}: y") for row, one in enumerate(y)]
    return values, np.array(labels, np.int64)


def _letters(texts: list[Any], length: int, user: _User) -> np.ndarray:
    """(n, length): each character's number in LEAF's alphabet."""
    for row, text in enumerate(texts):
        if not isinstance(text, str) or len(text) != length:
            raise DataError(f"{user.row(row)}: {length} characters are needed")
    numbers = numbered("".join(texts)).reshape(-1, length)
    bad = np.argwhere(numbers < 0)
    if len(bad):
        row, position = (int(i) for i in bad[0])
        raise _no_letter(texts[row][position], f"{user.row(row)}, character {position + 1}")
    return numbers


def _no_letter(letter: str, where: str) -> DataError:
    return DataError(f"{where}: {letter!r} is not in LEAF's alphabet", seen=repr(letter))


def _refuse_other_alphabets(schema: Schema, user: _User) -> None:
    classes = schema.labels.classes if schema.labels else None
    if (schema.features.vocabulary, classes) != (LETTERS, LETTERS):
        raise DataError(
            f"{user.name}: holds text: the schema needs features of dtype int64 with vocabulary"
            f" {LETTERS}, and {LETTERS} classes"
        )


def _numbers(samples: list[Any], size: int, user: _User, what: str) -> np.ndarray:
    """(n, size) in float64."""
    values = np.empty((len(samples), size))
    for row, sample in enumerate(samples):
        try:
            numbers = np.ravel(np.asarray(sample, np.float64))
        except (ValueError, TypeError) as error:
            raise DataError(f"{user.row(row)}: {what} must be {size} numbers") from error
        if len(numbers) != size:
            raise DataError(f"{user.row(row)}: {what} has {len(numbers)} numbers, {size} needed")
        values[row] = numbers
    return values
