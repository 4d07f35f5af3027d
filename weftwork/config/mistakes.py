"""One mistake in a YAML file: its line, its key, what is wrong and what would be right."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]

# A longer value says less than its line does.
SHOWN_VALUE = 60

# Where pydantic's words are a programmer's, ours are those of the person who wrote the file.
WORDS = {
    "missing": "missing",
    "model_type": "must be keys and values",
    "model_attributes_type": "must be keys and values",
    "dict_type": "must be keys and values",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "string_type": "must be text",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "union_tag_not_found": "missing key {discriminator}",
    "union_tag_invalid": "{discriminator} must be one of {expected_tags}, not {tag!r}",
}
NO_VALUE = {"missing", "extra_forbidden", "union_tag_not_found", "union_tag_invalid"}


@dataclass(frozen=True, order=True)
class Mistake:
    """Sorts in the order of the file; prints as `line 12: model.name: ...`."""

    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.key}: {self.message}"


def from_pydantic(error: ValidationError, model: type[BaseModel], node: yaml.Node) -> list[Mistake]:
    """What the types of `model` found wrong in the document `node`."""
    return [at(node, item["loc"], words(item, model)) for item in error.errors()]


def at(node: yaml.Node, location: Location, message: str) -> Mistake:
    """A mistake at `location`, on its line or that of the nearest enclosing key in the file."""
    line, key = node.start_mark.line + 1, []
    for depth, part in enumerate(location, 1):
        found = _child(node, part)
        if found is not None:
            mark, node = found
            line = mark.start_mark.line + 1
        elif depth < len(location):
            continue  # pydantic puts the tag of a union into the location; the file has no such key
        key.append(str(part))
    return Mistake(line, ".".join(key) or "(top level)", message)


def repeated_keys(node: yaml.Node, parents: Location = ()) -> Iterator[Mistake]:
    """YAML's parser silently keeps the last of two equal keys; a person meant one of them."""
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from repeated_keys(item, (*parents, position))
    if not isinstance(node, yaml.MappingNode):
        return
    first: dict[str, int] = {}
    for key, value in node.value:
        location = (*parents, key.value)
        line = key.start_mark.line + 1
        if key.value in first:
            name = ".".join(str(part) for part in location)
            yield Mistake(line, name, f"given a second time (first on line {first[key.value]})")
        first.setdefault(key.value, line)
        yield from repeated_keys(value, location)


def did_you_mean(name: str, known: list[str]) -> str:
    """`did you mean 'rounds'?`, or the known names where none is close."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"


def words(item: ErrorDetails, model: type[BaseModel]) -> str:
    """What one of pydantic's errors says to the person who wrote the file of `model`."""
    kind, location = item["type"], item["loc"]
    if kind == "extra_forbidden":
        return f"unknown key; {did_you_mean(str(location[-1]), _known(model, location[:-1]))}"
    template = WORDS.get(kind)
    message = template.format(**item.get("ctx", {})) if template else item["msg"]
    for pydantic, ours in (
        ("Value error, ", ""),
        ("Input should", "must"),
        ("String should", "must"),
    ):
        message = message.replace(pydantic, ours)
    return message + ("" if kind in NO_VALUE else _got(item["input"]))


def _got(value: Any) -> str:
    shown = repr(value)
    return f" (got {shown})" if len(shown) <= SHOWN_VALUE else ""


def _known(model: type[BaseModel], location: Location) -> list[str]:
    """The keys that may stand at `location` of a document of `model`."""
    here = [model]
    for part in location:
        below = [
            inner
            for outer in here
            for name, field in outer.model_fields.items()
            if part in (name, field.alias)
            for inner in _models(field.annotation)
        ]
        here = below or [one for one in here if _has_tag(one, part)] or here
    return list(
        dict.fromkeys(f.alias or name for one in here for name, f in one.model_fields.items())
    )


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Every model that a field's annotation mentions (`X | None`, `list[X]`, a tagged union)."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _has_tag(model: type[BaseModel], tag: int | str) -> bool:
    return any(tag in get_args(field.annotation) for field in model.model_fields.values())


def _child(node: yaml.Node, part: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value of one step down; for a list the item stands for both."""
    if isinstance(node, yaml.MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None
