"""`participants`, and who among them the person at the keyboard is."""

import asyncio
import re

from rich.table import Table

from requester_cli import output, units
from requester_cli.session import open_ledger
from requester_cli.settings import Settings
from weftwork.errors import ConfigError, NotFoundError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Participant


def list_all(settings: Settings) -> None:
    """Print everyone who ever registered."""
    everyone = asyncio.run(_everyone(settings))
    if settings.json:
        output.json_document({"participants": [one.model_dump(mode="json") for one in everyone]})
        return
    if not everyone:
        output.console().print("nobody has registered yet")
        return
    output.console().print(_table(everyone))


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
    for one in everyone:
        reputation = f"{one.reputation / units.PPM:.3f}"
        state = output.state(one.state)
        table.add_row(one.name, one.role, one.msp_id, one.endpoint or "-", reputation, state)
    return table


async def register_self(ledger: Ledger) -> str:
    """The name under which this identity publishes; registered under its common name if new."""
    for one in await ledger.participants.list():
        if (one.msp_id, one.common_name) == (ledger.msp_id, ledger.common_name):
            return one.name
    name = _name(ledger.common_name)
    await ledger.participants.register(name, "")
    return name


def _name(common_name: str) -> str:
    """`common_name` in the letters that the ledger allows in a name."""
    return re.sub(r"[^a-z0-9.-]", "-", common_name.lower()).lstrip(".-")[:63] or "requester"


async def archive_of(ledger: Ledger, wanted: str | None) -> Participant:
    """The archive named in the task file, else the only one of our organisation."""
    own = [
        one
        for one in await ledger.participants.list()
        if one.role == "archive" and one.msp_id == ledger.msp_id and one.state == "ACTIVE"
    ]
    names = units.names([one.name for one in own]) or "none"
    if wanted is not None:
        for one in own:
            if one.name == wanted:
                return one
        raise ConfigError(
            f"archive: {wanted!r} is no active archive of {ledger.msp_id}; there is {names}"
        )
    if len(own) == 1:
        return own[0]
    if own:
        raise ConfigError(f"archive: {ledger.msp_id} has several ({names}); name one in the file")
    raise NotFoundError(
        f"archive: no node of {ledger.msp_id} is registered as archive;"
        " start your organisation's provider_node (role: archive) first"
    )
