"""What a task's records say, whole, and its artifacts, from whoever keeps them."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from weftwork.artifacts import ArtifactClient, Store
from weftwork.config import Connection
from weftwork.errors import (
    ConnectionFailedError,
    DeadlineError,
    IntegrityError,
    NotFoundError,
    RefusedError,
)
from weftwork.ledger import Ledger
from weftwork.ledger.calls import Calls
from weftwork.ledger.records import Artifact, Participant, Record

# Why one keeper of an artifact does not give it, while another may.
AWAY = (ConnectionFailedError, DeadlineError, IntegrityError, NotFoundError, RefusedError)


class Whole(Record):
    """A record with every field that the ledger has, known here or not: its digest needs all."""

    model_config = ConfigDict(extra="allow")


async def whole_records(
    ledger: Ledger, connection: Connection, task_id: str
) -> list[dict[str, Any]]:
    """The records of the task's rounds, as the ledger has them."""
    rounds = Calls(ledger.network.contract(connection.chaincode, "Rounds"))
    return [one.model_dump() for one in await rounds.read_all(Whole, "List", task_id)]


async def fetch_from_any(
    ledger: Ledger,
    connection: Connection,
    task_id: str,
    artifact: Artifact,
    names: Iterable[str],
    folder: Path,
    asking: Callable[[Participant], None] = lambda keeper: None,
) -> Path:
    """The artifact as a file under `folder`, from the first of the participants that gives it.

    `asking` is called with each before it is asked. Raises one of `AWAY` with everyone's reason.
    """
    client, failures = ArtifactClient(connection), []
    for name in dict.fromkeys(names):
        try:
            keeper = await ledger.participants.get(name)
            asking(keeper)
            return await client.fetch(keeper, task_id, artifact, Store(folder))
        except AWAY as error:
            failures.append((name, error))
    _, first = failures[0]
    raise type(first)("; ".join(f"{name}: {error}" for name, error in failures)) from first
