"""The ledger: can it be reached, does it know us, and which tasks could we join."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from provider_node.check.finding import Caution
from provider_node.config import NodeConfig
from provider_node.registration import owed_registration, recorded_as
from provider_node.terms import Terms
from weftwork.downloads import resolved
from weftwork.errors import DataError, WeftworkError
from weftwork.learning.data import LocalData, Source, load
from weftwork.ledger import Ledger
from weftwork.ledger.records import Task
from weftwork.pem import read_certificate

__all__ = ["data", "joined_with", "open_tasks", "reach", "registration"]


async def reach(ledger: Ledger) -> str:
    """One query, answered by our organisation's peer."""
    began = time.monotonic()
    everyone = await ledger.participants.list()
    milliseconds = (time.monotonic() - began) * 1000
    return f"{len(everyone)} participants, answered in {milliseconds:.0f} ms"


async def registration(ledger: Ledger, config: NodeConfig, own: Path) -> str:
    """Whether the name is ours; what is out of date, `serve` puts right."""
    certificate = read_certificate(own)
    recorded = await recorded_as(ledger, config.name)
    if recorded is None:
        return f"{config.name} is free; serve will register it"
    if owed_registration(recorded, config.endpoint, certificate) is not None:
        return f"{config.name} is ours; serve will announce {config.endpoint}"
    return f"{config.name} is ours, at {recorded.endpoint}"


async def open_tasks(ledger: Ledger, only: str | None) -> list[Task]:
    """Tasks that can still be joined, or run; just the task `only` where one is named."""
    if only:
        return [await ledger.tasks.get(only)]
    lists = [await ledger.tasks.list(state) for state in ("PUBLISHED", "RUNNING")]
    return [task for tasks in lists for task in tasks]


async def data(
    entry: LocalData, store: Path, tasks: list[Task], must_fit: Callable[[Task], bool]
) -> str:
    """Read the whole data set as each open task asks for it.

    Raises `DataError` where it cannot be read at all, or misses a task that it `must_fit`. Other
    tasks are other people's: to fit none of them is no mistake, and a `Caution`.
    """
    source = await asyncio.to_thread(resolved, entry.source, store / "downloads")
    _readable(source)
    fits: list[str] = []
    misfits: list[str] = []
    broken: list[str] = []
    for task in tasks:
        try:
            terms = await asyncio.to_thread(Terms.of, task.definition)
            samples = len(await asyncio.to_thread(load, source, terms.schema, store / "data"))
        except WeftworkError as error:
            (broken if must_fit(task) else misfits).append(f"{task.id}: {error}")
        else:
            fits.append(f"{task.id} ({samples} samples)")
    if broken:
        raise DataError("does not fit " + "; ".join(broken))
    if fits:
        return "fits " + ", ".join(fits)
    if misfits:
        raise Caution("fits no open task: " + "; ".join(misfits))
    raise Caution("no open task says how to read it; check again when one is published")


def joined_with(task: Task, participant: str, data_set: str) -> bool:
    """Whether `participant` promised this data set to the task."""
    return any(
        (one.participant, one.join.data_type) == (participant, data_set) for one in task.joined
    )


def _readable(source: Source) -> None:
    path = getattr(source, "path", None)
    if path is None:
        return
    try:
        next(path.iterdir(), None) if path.is_dir() else path.open("rb").close()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}; mend source.path") from error
