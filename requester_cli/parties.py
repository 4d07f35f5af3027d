"""On whose behalf a task is published: the requester's own name, and its archive."""

import re
from pathlib import Path

from requester_cli import units
from weftwork.config import mistaken
from weftwork.errors import NotFoundError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Participant


async def register_self(ledger: Ledger) -> str:
    """The name under which this identity publishes; registered under its common name if new."""
    name = await own_name(ledger)
    if name is None:
        name = _name(ledger.common_name)
        await ledger.participants.register(name, "")
    return name


async def own_name(ledger: Ledger) -> str | None:
    """The name under which this identity is registered, if it is."""
    for one in await ledger.participants.list():
        if (one.msp_id, one.common_name) == (ledger.msp_id, ledger.common_name):
            return one.name
    return None


def _name(common_name: str) -> str:
    """`common_name` in the letters that the ledger allows in a name."""
    return re.sub(r"[^a-z0-9.-]", "-", common_name.lower()).lstrip(".-")[:63] or "requester"


async def archive_of(ledger: Ledger, wanted: str | None, file: Path) -> Participant:
    """The archive that `file` names as `wanted`, else the only one of our organisation."""
    own = {
        one.name: one
        for one in await ledger.participants.list()
        if one.role == "archive" and one.msp_id == ledger.msp_id and one.state == "ACTIVE"
    }
    names = units.names(list(own)) or "none"
    if wanted is None and len(own) == 1:
        return next(iter(own.values()))
    if wanted in own:
        return own[wanted]
    if wanted is not None:
        reason = f"{wanted!r} is no active archive of {ledger.msp_id}; there is {names}"
        raise mistaken(file, ("archive",), reason)
    if own:
        reason = f"missing: {ledger.msp_id} has several archives, {names}; name one"
        raise mistaken(file, ("archive",), reason)
    raise NotFoundError(
        f"no node of {ledger.msp_id} is registered as archive;"
        " start your organisation's provider_node (role: archive) first"
    )
