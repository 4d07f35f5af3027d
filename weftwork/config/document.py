"""Read a YAML file into a pydantic model, reporting every mistake at once with its line.

Relative paths in a file are relative to that file: fields of type `pathlib.Path` are resolved by
the `base` of the validation context (see `Strict`).
"""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from weftwork.errors import ConfigError

# A configuration is a page or two; a larger file is a mistake (or an attack on the parser).
MAX_BYTES = 1 << 20

Location = tuple[int | str, ...]


class Strict(BaseModel):
    """A model that refuses unknown keys, cannot be changed, and resolves relative paths."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="after")
    @classmethod
    def _resolve(cls, value: Any, info: ValidationInfo) -> Any:
        base = (info.context or {}).get("base")
        if base is not None and isinstance(value, Path) and not value.is_absolute():
            return base / value.expanduser()
        return value


M = TypeVar("M", bound=BaseModel)


def load_yaml(path: Path, model: type[M]) -> M:
    """Parse and validate `path`; raise `ConfigError` naming file, line, key, value and remedy."""
    text = _read(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigError(f"{path}: not valid YAML", (f"{where}{problem}",)) from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: expected keys and values at the top level")
    try:
        return model.model_validate(data, context={"base": path.absolute().parent})
    except ValidationError as error:
        raise ConfigError(_headline(path, error), describe(error, node)) from error


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES} bytes; this is no configuration")
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def _headline(path: Path, error: ValidationError) -> str:
    count = error.error_count()
    return f"{path}: {count} mistake{'s' if count > 1 else ''}"


def describe(error: ValidationError, node: yaml.Node | None) -> tuple[str, ...]:
    """One line a mistake, in the order of the file: `line 12: model.name: ... (got 'x')`."""
    rows = []
    for item in error.errors():
        line = _line(node, item["loc"])
        key = ".".join(str(part) for part in item["loc"]) or "(top level)"
        message = item["msg"].removeprefix("Value error, ")
        shown = repr(item["input"])
        got = f" (got {shown})" if item["type"] != "missing" and len(shown) <= 60 else ""
        rows.append((line, f"line {line}: {key}: {message}{got}"))
    return tuple(text for _, text in sorted(rows, key=lambda row: row[0]))


def _line(node: yaml.Node | None, location: Location) -> int:
    """The line of `location`, or of the nearest enclosing key that the file has."""
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        found = _child(node, part)
        if found is None:
            continue  # pydantic puts the tag of a union into the location; the file has no such key
        key, node = found
        line = key.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None
