"""The options that every command takes, before or after its name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from weftwork import program
from weftwork.program import json_option, setting, verbose_option

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Settings(program.Settings):
    """What was asked of every command."""

    connection: Path | None = None


connection_option = setting(
    "--connection",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Who you are and where your peer is  [default: $WEFTWORK_CONNECTION,"
    " else $WEFTWORK_HOME/requester.yaml]",
)


def common(command: F) -> F:
    """Add `--json`, `--connection` and `--verbose` to a command or a group."""
    for option in (verbose_option, connection_option, json_option):
        command = option(command)
    return command
