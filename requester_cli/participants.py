"""`participants` and `register`: who takes part."""

import asyncio

from rich.table import Table

from requester_cli import output
from requester_cli.parties import register_self
from requester_cli.session import open_ledger
from requester_cli.settings import Settings
from weftwork.ledger.records import Participant
from weftwork.units import MILLION


def list_all(settings: Settings) -> None:
    """Print everyone who ever registered."""
    everyone = asyncio.run(_everyone(settings))
    if settings.json:
        output.json_document({"participants": [one.model_dump(mode="json") for one in everyone]})
        return
    if not everyone:
        output.show("nobody has registered yet")
        return
    output.show(_table(everyone))


def register(settings: Settings) -> None:
    """Take part, under the certificate's common name; print the name."""
    name = asyncio.run(_register(settings))
    if settings.json:
        output.json_document({"name": name})
    else:
        output.show(f"registered as {name}")


async def _register(settings: Settings) -> str:
    async with open_ledger(settings) as ledger:
        return await register_self(ledger)


async def _everyone(settings: Settings) -> list[Participant]:
    async with open_ledger(settings) as ledger:
        return await ledger.participants.list()


def _table(everyone: list[Participant]) -> Table:
    table = output.table(
        ("name", "left"),
        ("role", "left"),
        ("MSP", "left"),
        ("endpoint", "left"),
        ("reputation", "right"),
        ("state", "left"),
    )
    table.columns[3].no_wrap = False  # of a narrow screen the endpoints are cut off first
    for one in everyone:
        reputation = f"{one.reputation / MILLION:.3f}"
        state = output.state(one.state)
        table.add_row(one.name, one.role, one.msp_id, one.endpoint or "-", reputation, state)
    return table
