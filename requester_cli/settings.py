"""The options that every command takes, before or after its name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Settings:
    """What was asked of every command."""

    json: bool = False
    verbose: bool = False
    connection: Path | None = None


def common(command: F) -> F:
    """Add `--json`, `--connection` and `--verbose` to a command or a group."""
    for option in (
        click.option(
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_keep,
            help="Add the cause to an error.",
        ),
        click.option(
            "--connection",
            metavar="FILE",
            type=click.Path(dir_okay=False, path_type=Path),
            expose_value=False,
            callback=_keep,
            help="Who you are and where your peer is  [default: $WEFTWORK_CONNECTION,"
            " else $WEFTWORK_HOME/requester.yaml]",
        ),
        click.option(
            "--json",
            is_flag=True,
            expose_value=False,
            callback=_keep,
            help="Print JSON instead of text.",
        ),
    ):
        command = option(command)
    return command


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value and parameter.name:
        setattr(context.ensure_object(Settings), parameter.name, value)
