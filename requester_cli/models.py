"""`models`: what a task may name, on this machine."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python
from rich.table import Table

from requester_cli import output
from requester_cli.settings import Settings
from weftwork.learning.models import ModelDefinition, definitions, of_packages

OURS = "weftwork"


def list_all(settings: Settings) -> None:
    """Print every model with its parameters, and what packages offer that cannot be used."""
    problems = [one.problem for one in of_packages() if one.problem]
    found = list(_models())
    if settings.json:
        output.json_document({"models": found, "problems": problems})
        return
    output.show(_table(found), "* must be given; else the default is in brackets")
    if problems:
        output.show("not usable:", *(f"  {problem}" for problem in problems))


def _models() -> Iterator[dict[str, Any]]:
    packages = {id(one.model): one.package for one in of_packages()}
    for model in sorted(definitions().values(), key=lambda one: (one.name, one.version)):
        package = packages.get(id(model), OURS)
        parameters = list(_parameters(model))
        yield {
            "name": model.name,
            "version": model.version,
            "package": package,
            "parameters": parameters,
        }


def _parameters(model: ModelDefinition) -> Iterator[dict[str, Any]]:
    for name, field in model.parameters.model_fields.items():
        required = field.is_required()
        default = {} if required else {"default": _default(field)}
        yield {"name": field.alias or name, "required": required, **default}


def _default(field: FieldInfo) -> Any:
    """As JSON; what a function computes is not called for."""
    return "computed" if field.default_factory else to_jsonable_python(field.default, fallback=str)


def _table(found: list[dict[str, Any]]) -> Table:
    table = output.table(("model", "left"), ("version", "right"), ("package", "left"))
    table.add_column("parameters", overflow="fold")
    for one in found:
        parameters = ", ".join(map(_words, one["parameters"])) or "-"
        table.add_row(one["name"], str(one["version"]), one["package"], parameters)
    return table


def _words(parameter: dict[str, Any]) -> str:
    if parameter["required"]:
        return f"{parameter['name']} *"
    return f"{parameter['name']} ({json.dumps(parameter['default'], ensure_ascii=False)})"
