"""Findings on a terminal, or as JSON."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from provider_node.check.finding import Finding

__all__ = ["as_json", "exit_code", "show"]

MARKS = {"good": ("ok", "green"), "caution": ("mind", "yellow"), "bad": ("mend", "bold red")}


def show(findings: Sequence[Finding], console: Console | None = None) -> None:
    """A table, and one line that sums it up."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        mark, style = MARKS[finding.verdict]
        table.add_row(Text(mark, style), finding.subject, Text(finding.said))
    console = console or Console(file=sys.stdout)
    console.print(table)
    wrong = sum(finding.verdict == "bad" for finding in findings)
    console.print(f"{wrong} to mend before this node can run" if wrong else "this node can run")


def as_json(findings: Sequence[Finding]) -> str:
    """One object: `ok`, and the findings in order."""
    ok = exit_code(findings) == 0
    return json.dumps({"ok": ok, "findings": [asdict(finding) for finding in findings]})


def exit_code(findings: Sequence[Finding]) -> int:
    """That of the first thing to mend; 0 if there is none."""
    return next((one.exit_code for one in findings if one.verdict == "bad"), 0)
