"""`fetch-model`: download the final model, check it against the ledger, write it with its card."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from requester_cli import chain, output, units
from requester_cli.card import card
from requester_cli.files import CARD, MODEL, aside, lacking, put, put_text
from requester_cli.keepers import AWAY, fetch_from_any, whole_records
from requester_cli.session import load_connection
from requester_cli.settings import Settings
from weftwork.config import Connection
from weftwork.errors import UnfinishedError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Participant, RoundRecord, Task
from weftwork.lookup import find_task


def fetch(settings: Settings, task: str, folder: Path) -> None:
    """Write the final model of `task` and its card into `folder`, both checked.

    Raises `UnfinishedError` where there is none (yet), `IntegrityError` where the ledger's records
    or the bytes contradict each other, `UsageError` where `folder` has other files of these names.
    """
    connection = load_connection(settings)
    found, records = asyncio.run(_fetch(settings, connection, task, folder))
    if settings.json:
        output.json_document(
            {
                "task": found.id,
                "model": str(folder / MODEL),
                "card": str(folder / CARD),
                "digest": found.model.digest,
                "size": found.model.size,
                "accuracy_ppm": found.accuracy_ppm,
                "rounds": len(records),
                "transaction_id": records[-1].tx_id,
            }
        )
    else:
        output.show(output.facts(_facts(found, records, folder)))


async def _fetch(
    settings: Settings, connection: Connection, task_id: str, folder: Path
) -> tuple[Task, list[RoundRecord]]:
    async with Ledger.open(connection) as ledger:
        with output.steps(quiet=settings.json) as say:
            say("reading the rounds from the ledger")
            task = _finished(await find_task(ledger, task_id))
            records = await _checked_records(ledger, connection, task)
            text = card(task, records, MODEL).encode()
            wanted = lacking(folder, task.model.digest, text)
            if MODEL in wanted:
                await _download(ledger, connection, task, records[-1].leader, folder, say)
            if CARD in wanted:
                put_text(folder / CARD, text)
    return task, records


def _finished(task: Task) -> Task:
    if task.state == "FINISHED":
        return task
    definition = task.definition
    where = {
        "PUBLISHED": f"{len(task.joined)} of {definition.participants.max} providers joined",
        "RUNNING": f"round {task.round} of {definition.training.rounds}",
    }.get(task.state, task.reason)
    text = f"task {task.id} has no final model: it is {task.state}"
    raise UnfinishedError(f"{text} ({where})" if where else text)


async def _checked_records(ledger: Ledger, connection: Connection, task: Task) -> list[RoundRecord]:
    whole = await whole_records(ledger, connection, task.id)
    chain.check(task, whole)
    return [RoundRecord.model_validate(one) for one in whole]


async def _download(
    ledger: Ledger,
    connection: Connection,
    task: Task,
    leader: str,
    folder: Path,
    say: Callable[[str], None],
) -> None:
    """From the archive, else from the node that led the last round."""

    def asking(keeper: Participant) -> None:
        size = units.size(task.model.size)
        say(f"downloading {size} from {keeper.name} at {keeper.endpoint}")

    names = (task.definition.archive, leader)
    with aside(folder) as here:
        try:
            path = await fetch_from_any(
                ledger, connection, task.id, task.model, names, here, asking
            )
        except AWAY as error:
            raise type(error)(f"no node gives the model of {task.id}: {error}") from error
        put(folder / MODEL, path)


def _facts(task: Task, records: list[RoundRecord], folder: Path) -> Iterator[tuple[str, str]]:
    yield "model", f"{folder / MODEL} ({units.size(task.model.size)})"
    yield "card", str(folder / CARD)
    yield "accuracy", units.percent(task.accuracy_ppm)
    yield "digest", task.model.digest
    yield (
        "checked",
        f"the file has the digest of the ledger; {units.count(len(records), 'round record')} in an"
        " unbroken chain from the initial model",
    )
    yield "transaction", records[-1].tx_id
