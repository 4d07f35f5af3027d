"""`list-tasks`, `show-task` and `cancel-task`."""

import asyncio
import time
from collections.abc import Iterator

from rich.table import Table

from requester_cli import board, contributions, output, units
from requester_cli.follow import look_up
from requester_cli.progress import Snapshot
from requester_cli.session import open_ledger
from requester_cli.settings import Settings
from weftwork.errors import RefusedError
from weftwork.ledger import Refused
from weftwork.ledger.records import Artifact, Receipt, Task
from weftwork.lookup import find_task


def list_all(settings: Settings, state: str) -> None:
    """Print the tasks in `state` ("": all), the newest first."""
    tasks = asyncio.run(_all(settings, state))
    tasks.sort(key=lambda task: task.published_at_ms, reverse=True)
    if settings.json:
        output.json_document({"tasks": [_dump(task) for task in tasks]})
    elif tasks:
        output.show(_table(tasks))
    else:
        output.show(f"no task is {state}" if state else "no task was published yet")


async def _all(settings: Settings, state: str) -> list[Task]:
    async with open_ledger(settings) as ledger:
        return await ledger.tasks.list(state)


def _table(tasks: list[Task]) -> Table:
    table = output.table(
        ("task", "left"),
        ("state", "left"),
        ("round", "right"),
        ("joined", "right"),
        ("accuracy", "right"),
        ("published", "left"),
    )
    reasons = any(task.reason for task in tasks)
    if reasons:
        table.add_column("reason", no_wrap=True, overflow="ellipsis")
    for task in tasks:
        table.add_row(
            task.id,
            output.state(task.state),
            f"{task.round} of {task.definition.training.rounds}",
            f"{len(task.joined)} of {task.definition.participants.max}",
            units.percent(task.accuracy_ppm),
            units.time(task.published_at_ms),
            *([task.reason] if reasons else []),
        )
    return table


def show(settings: Settings, task: str) -> None:
    """Print what `task` asks for, who takes part, and its rounds."""
    snapshot = asyncio.run(_look_up(settings, task))
    if settings.json:
        output.json_document(
            {
                "task": _dump(snapshot.task),
                "rounds": [one.model_dump(mode="json") for one in snapshot.records],
                "open_round": snapshot.open.model_dump(mode="json") if snapshot.open else None,
            }
        )
        return
    output.show(
        output.facts(_facts(snapshot.task)), "", board.whole(snapshot, int(time.time() * 1000))
    )


async def _look_up(settings: Settings, task: str) -> Snapshot:
    async with open_ledger(settings) as ledger:
        return await look_up(ledger, task)


def _facts(task: Task) -> Iterator[tuple[str, str]]:
    definition = task.definition
    model, training, limits = definition.model, definition.training, definition.participants
    strategies = " with ".join(one["name"] for one in training.strategy)
    parameters = ", ".join(f"{key} {value}" for key, value in model.parameters.items())
    yield "task", task.id
    yield "title", definition.title
    yield "description", definition.description
    yield "purpose", definition.purpose
    yield (
        "requester",
        f"{task.requester} ({task.requester_msp}), {units.time(task.published_at_ms)}",
    )
    yield "model", f"{model.name} v{model.version}: {parameters}"
    yield (
        "training",
        f"{strategies}, rounds {training.rounds}, local epochs {training.local_epochs},"
        f" batch {training.batch_size}, learning rate {training.learning_rate},"
        f" momentum {training.momentum}, seed {training.seed}",
    )
    yield "privacy", contributions.promise(definition.privacy)
    yield "data schema", definition.data.schema_digest
    yield "initial model", _artifact(definition.initial_model)
    yield "validation", _artifact(definition.validation) if definition.validation else "none"
    if definition.target_accuracy_ppm:
        yield "ends early at", f"accuracy {units.percent(definition.target_accuracy_ppm)}"
    yield "round closes", f"after {definition.round_seconds} s at the latest"
    wanted = str(limits.max) if limits.min == limits.max else f"{limits.min} to {limits.max}"
    yield "providers", f"{wanted}, {limits.join_seconds} s to join"
    yield "reward", f"{definition.reward.amount} {definition.reward.unit}"
    yield "usage rules", definition.usage_rules
    yield "archive", definition.archive
    yield (
        "joined",
        ", ".join(f"{one.participant} ({one.join.samples} samples)" for one in task.joined),
    )
    yield "left", ", ".join(f"{one.participant} ({one.reason})" for one in task.left)
    transactions = task.transactions.model_dump()
    ids = [f"{name} {units.short(one)}" for name, one in transactions.items() if one]
    yield "transactions", ", ".join(ids)


def _artifact(artifact: Artifact) -> str:
    return f"{artifact.digest} ({units.size(artifact.size)})"


def cancel(settings: Settings, task: str, reason: str) -> None:
    """End `task`; the ledger refuses it to anyone but its requester, and once it has ended."""
    receipt = asyncio.run(_cancel(settings, task, reason))
    if settings.json:
        output.json_document({"task": task, "reason": reason} | _receipt(receipt))
        return
    output.show(f"cancelled {task}: {reason}  (transaction {receipt.transaction_id})")


async def _cancel(settings: Settings, task: str, reason: str) -> Receipt:
    async with open_ledger(settings) as ledger:
        await find_task(ledger, task)
        try:
            return await ledger.tasks.cancel(task, reason)
        except Refused as error:
            raise explained(error, task) from error


def explained(error: Refused, task: str) -> RefusedError:
    """Why a task cannot be cancelled, for somebody who does not know the ledger's guards."""
    if error.code != "PRECONDITION_FAILED":
        return error
    return RefusedError(
        f"{task}: its last round is committed, and so nothing is left to cancel: it is paid for in"
        f" full. Its archive's node ends it (Rounds:Finalize), or any provider's; `requester_cli"
        f" watch {task}` shows when",
        error.code,
    )


def _receipt(receipt: Receipt) -> dict[str, str]:
    return {"outcome": receipt.outcome, "transaction_id": receipt.transaction_id}


def _dump(task: Task) -> dict[str, object]:
    return task.model_dump(mode="json", by_alias=True)
