"""`publish-task`: check the file, hand the artifacts to the archive, publish.

No task is on the ledger before the archive has everything, so one that is there can be trained.
"""

import asyncio
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    retry_if_not_exception_type,
    stop_after_attempt,
    wait_fixed,
)

from requester_cli import output, parcels, payment, taskfile
from requester_cli.definition import define
from requester_cli.parcels import Parcel
from requester_cli.parties import archive_of, register_self
from requester_cli.session import load_connection
from requester_cli.settings import Settings
from requester_cli.taskfile import TaskFile
from requester_cli.watch import watch_with
from weftwork.artifacts import ArtifactClient, Header
from weftwork.config import Connection
from weftwork.errors import ConnectionFailedError, DeadlineError, UsageError
from weftwork.learning.data import Dataset
from weftwork.ledger import Ledger, Unresolved
from weftwork.ledger.records import Participant, Reward, TaskDefinition
from weftwork.names import NAME_RULE, is_name

T = TypeVar("T")

# A call that did not reach the ledger is made again.
ATTEMPTS = 3
PAUSE = 2.0  # seconds


@dataclass(frozen=True)
class Order:
    """A file that was checked, its validation data, and the id of the task that it becomes."""

    path: Path
    file: TaskFile
    validation: Dataset | None
    task: str


@dataclass(frozen=True)
class Published:
    """What was published, by whom, and the transaction that says so."""

    task: str
    definition: TaskDefinition
    requester: str
    outcome: str
    transaction_id: str


def publish(settings: Settings, path: Path, *, task: str | None, watch: bool) -> None:
    """Publish the task in `path` and print its id; with `watch`, follow it to its end.

    The id is `task`, which makes a repetition one, or a new one that begins with the task's name.
    """
    if task is not None and not is_name(task):
        raise UsageError(f"--id: {task!r} is no id of a task: {NAME_RULE}")
    file, validation = taskfile.read(path)
    order = Order(path, file, validation, task or f"{file.name}-{secrets.token_hex(3)}")
    asyncio.run(_publish(settings, load_connection(settings), order, watch=watch))


async def _publish(
    settings: Settings, connection: Connection, order: Order, *, watch: bool
) -> None:
    async with Ledger.open(connection) as ledger:
        with output.steps(quiet=settings.json) as say:
            say("asking the ledger for your archive")
            archive = await archive_of(ledger, order.file.archive, order.path)
            requester = await _persistently(lambda: register_self(ledger))
            reward = Reward.model_validate(order.file.reward.model_dump())
            await payment.refuse_poor(ledger, requester, order.task, reward)
            definition = await _hand_over(connection, archive, order, say)
            say("publishing")
            published = await _record(ledger, requester, order.task, definition)
        if settings.json:
            (output.json_line if watch else output.json_document)(_document(published))
        else:
            _print(published, archive, watch=watch)
        if watch:
            await watch_with(ledger, settings, order.task)


async def _hand_over(
    connection: Connection, archive: Participant, order: Order, say: Callable[[str], None]
) -> TaskDefinition:
    """Give the archive what the task starts with; the definition that names it."""
    file, validation = order.file, order.validation
    with tempfile.TemporaryDirectory(prefix="weftwork-") as name:
        folder = Path(name)
        say(f"drawing the initial weights of {file.model.name} v{file.model.version}")
        terms = file.model, file.data.schema_, file.privacy, file.training
        model = await asyncio.to_thread(parcels.initial_model, *terms, folder)
        examples = parcels.validation_set(validation, folder) if validation else None
        definition = define(
            file, model.artifact, examples.artifact if examples else None, archive.name
        )
        for parcel in (model, examples):
            if parcel is not None:
                say(f"handing {parcel.path.name} to {archive.name}")
                await _push(connection, archive, order.task, parcel)
    return definition


async def _push(connection: Connection, archive: Participant, task: str, parcel: Parcel) -> None:
    header = Header(task, parcel.kind, parcel.artifact)
    try:
        await ArtifactClient(connection).push(archive, header, parcel.path)
    except ConnectionFailedError as error:
        raise ConnectionFailedError(
            f"your archive {archive.name} does not take the artifacts, so nothing was published:"
            f" {error}"
        ) from error


async def _record(
    ledger: Ledger, requester: str, task: str, definition: TaskDefinition
) -> Published:
    try:
        receipt = await payment.pay(
            ledger,
            requester,
            definition.reward,
            lambda coins: _persistently(lambda: ledger.tasks.publish(task, definition, coins)),
        )
    except Unresolved as error:
        hint = f"`requester_cli show-task {task}` will tell; to be sure, repeat with --id {task}"
        raise DeadlineError(f"{error}; {hint}") from error
    transaction_id = str(receipt.record.get("tx_id") or receipt.transaction_id)
    return Published(task, definition, requester, receipt.outcome, transaction_id)


async def _persistently(call: Callable[[], Awaitable[T]]) -> T:
    retrying = AsyncRetrying(
        retry=retry_if_exception_type((ConnectionFailedError, DeadlineError))
        & retry_if_not_exception_type(Unresolved),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_fixed(PAUSE),
        reraise=True,
    )
    return await retrying(call)


def _document(published: Published) -> dict[str, Any]:
    definition = published.definition
    return {
        "event": "published",
        "task": published.task,
        "transaction_id": published.transaction_id,
        "outcome": published.outcome,
        "requester": published.requester,
        "archive": definition.archive,
        "initial_model": definition.initial_model.model_dump(),
        "validation": definition.validation.model_dump() if definition.validation else None,
        "schema_digest": definition.data.schema_digest,
    }


def _print(published: Published, archive: Participant, *, watch: bool) -> None:
    output.show(output.facts(_facts(published, archive)), "")
    if not watch:
        output.show(
            "This computer may go offline now. Follow the task with:",
            f"  requester_cli watch {published.task}",
        )


def _facts(published: Published, archive: Participant) -> Iterator[tuple[str, str]]:
    definition = published.definition
    yield "published", published.task
    yield "transaction", published.transaction_id
    yield "initial model", definition.initial_model.digest
    yield "validation", definition.validation.digest if definition.validation else "none"
    yield "data schema", definition.data.schema_digest
    yield "archive", f"{archive.name} at {archive.endpoint}"
