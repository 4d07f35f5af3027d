"""An examination on a terminal, or as JSON."""

import json
import sys
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from provider_node.consent.examination import Examination
from weftwork.errors import RefusedError
from weftwork.terminal import printable

__all__ = ["as_json", "exit_code", "show"]

MARKS = {True: ("allowed", "green"), False: ("refused", "bold red")}


def show(examination: Examination, console: Console | None = None) -> None:
    """A table, and one line that sums it up."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for ruling in examination.everything:
        mark, style = MARKS[ruling.allowed]
        said = Text(printable(ruling.why))
        table.add_row(Text(mark, style), ruling.source, ruling.rule, said)
    console = console or Console(file=sys.stdout)
    console.print(table)
    verb = "would take part" if examination.allowed else "would not take part"
    console.print(Text(f"this node {verb} in {examination.task}"))


def as_json(examination: Examination) -> str:
    """One object: `task`, `allowed`, and the rulings in order."""
    rules = [asdict(one) for one in examination.everything]
    document = {"task": examination.task, "allowed": examination.allowed, "rules": rules}
    return json.dumps(document)


def exit_code(examination: Examination) -> int:
    """0 if the node would take part, else that of a refusal."""
    return 0 if examination.allowed else RefusedError.exit_code
