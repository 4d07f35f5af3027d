"""What a lie costs: the liar beside its successor, before and after each round that it lied in."""

from typing import Any

from rich.table import Table

from demo import commands
from requester_cli import output, units
from weftwork.units import MILLION


def table(records: list[dict[str, Any]], liar: str) -> Table:
    """Two rows a round; a fee is what deciding the round earns, beside the update."""
    shown = output.table(
        ("round", "right"),
        ("", "left"),
        ("reputation", "left"),
        ("share of the pot", "right"),
        ("fee in it", "right"),
        ("", "left"),
    )
    for record in records:
        before = _before(record)
        for name, part in ((liar, "lied"), (record["leader"], "took over")):
            after = next(one for one in record["standings"] if one["participant"] == name)
            shown.add_row(
                str(record["round"]),
                name,
                f"{before[name] / MILLION:.3f} -> {after['reputation'] / MILLION:.3f}",
                units.percent(after["share_ppm"]),
                units.percent(_fee(after)),
                part,
            )
    return shown


def _before(record: dict[str, Any]) -> dict[str, int]:
    """The reputations that the round's election went by."""
    number = str(record["round"])
    view = commands.ask("requester_cli", "explain-election", record["task"], number)
    return {one["participant"]: int(one["reputation"]) for one in view["ranking"]}


def _fee(standing: dict[str, Any]) -> int:
    """Parts per million of a round's pot: merit counts the share without it."""
    provided = int(standing["merit_ppm"]) - int(standing["reputation"])
    return int(standing["share_ppm"]) - provided
