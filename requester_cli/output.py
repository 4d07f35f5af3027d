"""What commands print: tables and lines for people, JSON for programs."""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from weftwork.terminal import printable

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


class Screen(Console):
    """A console on which the ledger's text is nothing but text, whoever wrote it."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """Segments as they were, but for control characters that are not the console's own."""
        for one in super().render(renderable, options):
            yield one if one.control else one._replace(text=printable(one.text))


def console(*, stderr: bool = False) -> Console:
    """A console that colours nothing where there is no terminal, or where NO_COLOR is set."""
    terminal = click.get_text_stream("stderr" if stderr else "stdout").isatty()
    fixed = None if terminal or "COLUMNS" in os.environ else PIPE_WIDTH
    return Screen(stderr=stderr, width=fixed, highlight=False, emoji=False, markup=False)


def show(*parts: RenderableType) -> None:
    """Print each of `parts` on stdout; in a pipe without the spaces that fill a table's lines."""
    screen = console()
    if screen.is_terminal:
        screen.print(*parts, sep="\n")
        return
    with screen.capture() as captured:
        screen.print(*parts, sep="\n")
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def json_document(document: dict[str, Any]) -> None:
    """One JSON document on stdout."""
    click.echo(_json(document, indent=2))


def json_line(document: dict[str, Any]) -> None:
    """One JSON document on one line of stdout, at once."""
    click.echo(_json(document))


def _json(document: dict[str, Any], indent: int | None = None) -> str:
    """JSON escapes the control characters below a space; a terminal obeys others, too.

    Halves of surrogate pairs are escaped as well: no encoding can write them.
    """
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    return re.sub("[\x7f-\x9f\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


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
        yield lambda text: click.echo(f"{printable(text)} ...", err=True)
