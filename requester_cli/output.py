"""What commands print: tables and lines for people, JSON for programs."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

# A pipe has no width of its own: wide enough that no line of ours is folded in a log.
PIPE_WIDTH = 160

STATE_STYLES = {
    "FINISHED": "green",
    "RUNNING": "cyan",
    "PUBLISHED": "yellow",
    "CANCELLED": "red",
    "HALTED": "red",
    "ACTIVE": "green",
    "INACTIVE": "red",
}


def console(*, stderr: bool = False) -> Console:
    """A console that colours nothing where there is no terminal, or where NO_COLOR is set."""
    terminal = click.get_text_stream("stderr" if stderr else "stdout").isatty()
    fixed = None if terminal or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(stderr=stderr, width=fixed, highlight=False, emoji=False, markup=False)


def json_document(document: dict[str, Any]) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def json_line(document: dict[str, Any]) -> None:
    """One JSON document on one line of stdout, at once."""
    click.echo(json.dumps(document, ensure_ascii=False))


def table(*columns: tuple[str, Literal["left", "right"]]) -> Table:
    """An empty table without rules: headings, and columns two spaces apart."""
    empty = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading, justify in columns:
        empty.add_column(heading, justify=justify, no_wrap=True, overflow="ellipsis")
    return empty


def state(name: str) -> Text:
    """The state of a task or of a participant, in its colour."""
    return Text(name, style=STATE_STYLES.get(name, ""))


def facts(rows: Iterable[tuple[str, str | Text]]) -> Table:
    """Names on the left, what is known on the right; rows without a value are left out."""
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        if value:
            grid.add_row(name, value)
    return grid


@contextmanager
def steps(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Say on stderr what is being done now: a spinner on a terminal, else a line a step."""
    shown = console(stderr=True)
    if quiet:
        yield lambda text: None
    elif shown.is_terminal and not shown.is_dumb_terminal:
        with shown.status("") as status:
            yield lambda text: status.update(Text(text))
    else:
        yield lambda text: click.echo(f"{text} ...", err=True)
