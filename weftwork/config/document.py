"""Read a YAML file into a pydantic model, reporting every mistake at once with its line.

Relative paths in a file are relative to that file: fields of type `pathlib.Path` are resolved by
the `base` of the validation context (see `Strict`).
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from weftwork.config.loader import Loader, place_of
from weftwork.config.mistakes import Location, Mistake, at, from_pydantic, repeated_keys
from weftwork.errors import ConfigError

# A configuration is a page or two; a larger file is a mistake (or an attack on the parser).
MAX_BYTES = 1 << 20

# What types cannot see, said of the document as written (its folder is the base of relative paths).
# It runs even when the types found mistakes, so it is silent about what it cannot read.
Check = Callable[[dict[str, Any], Path], Iterable[tuple[Location, str]]]


class Strict(BaseModel):
    """A model that refuses unknown keys, cannot be changed, and resolves relative paths."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="after")
    @classmethod
    def _resolve(cls, value: Any, info: ValidationInfo) -> Any:
        base = (info.context or {}).get("base")
        return value if base is None else _resolved(value, base)


def _resolved(value: Any, base: Path) -> Any:
    """`value` with relative paths, also those in a list or a mapping, relative to `base`."""
    if isinstance(value, dict):
        return {key: _resolved(one, base) for key, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_resolved(one, base) for one in value)
    if isinstance(value, Path) and not value.is_absolute():
        return base / value.expanduser()
    return value


M = TypeVar("M", bound=BaseModel)


def load_yaml(path: Path, model: type[M], check: Check | None = None) -> M:
    """Parse and validate `path`; raise `ConfigError` naming file, line, key, value and remedy.

    `check` finds what the types of `model` cannot (one key that contradicts another).
    """
    node, data = _parse(path)
    base = path.absolute().parent
    found: list[Mistake] = []
    value: M | None = None
    try:
        value = model.model_validate(data, context={"base": base})
    except ValidationError as error:
        found += from_pydantic(error, model, node)
    if check is not None:
        found += [at(node, location, message) for location, message in check(data, base)]
    # One value is one mistake, however many rules it breaks.
    first = {(one.line, one.key): one for one in reversed(found)}
    mistakes = [*repeated_keys(node), *first.values()]
    if mistakes or value is None:
        raise ConfigError(_headline(path, mistakes), tuple(str(one) for one in sorted(mistakes)))
    return value


def _parse(path: Path) -> tuple[yaml.Node, dict[str, Any]]:
    text = _read(path)
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        data = None if node is None else loader.construct_document(node)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: cannot be read as YAML", (place_of(error, text),)) from error
    if node is None or not isinstance(data, dict):
        raise ConfigError(f"{path}: expected keys and values at the top level")
    return node, data


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES} bytes; this is no configuration")
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def mistaken(path: Path, location: Location, message: str) -> ConfigError:
    """What was found wrong in `path` only after it was read, in the words of `load_yaml`."""
    found = at(_parse(path)[0], location, message)
    return ConfigError(_headline(path, [found]), (str(found),))


def _headline(path: Path, mistakes: list[Mistake]) -> str:
    return f"{path}: {len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}"
