"""A data set: can it be read, which open tasks does it fit, and does its owner let them have it."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from provider_node.budgets import Budgets
from provider_node.check.finding import Caution
from provider_node.config import NodeConfig
from provider_node.overlaps import overlap_warning
from provider_node.terms import Terms
from weftwork.downloads import resolved
from weftwork.errors import DataError, RefusedError, WeftworkError
from weftwork.learning.data import LocalData, Source, load
from weftwork.ledger.records import Task

__all__ = ["data", "joined_with", "tried"]


async def data(
    entry: LocalData, config: NodeConfig, tasks: list[Task], must_fit: Callable[[Task], bool]
) -> str:
    """Read the whole data set as each open task asks for it, and ask what its owner allows.

    Raises `DataError` where it cannot be read at all, or misses a task that it `must_fit`, and
    `RefusedError` where `privacy` keeps it from such a task. Other tasks are other people's: to fit
    none of them is no mistake, and a `Caution`. So are windows that overlap, in a private task.
    """
    source = await asyncio.to_thread(resolved, entry.source, config.store / "downloads")
    _readable(source)
    fits: list[str] = []
    misfits: list[str] = []
    broken: list[str] = []
    warning: str | None = None
    for task in tasks:
        try:
            samples = await asyncio.to_thread(tried, entry, config, source, task)
            fits.append(f"{task.id} ({samples} samples)")
            warning = warning or _less_protected(source, task)
        except RefusedError as error:
            if must_fit(task):
                raise
            misfits.append(f"{task.id}: {error}")
        except WeftworkError as error:
            (broken if must_fit(task) else misfits).append(f"{task.id}: {error}")
    if broken:
        raise DataError("does not fit " + "; ".join(broken))
    if fits:
        said = "fits " + ", ".join(fits) + await asyncio.to_thread(_account, entry, config)
        if warning:
            raise Caution(f"{said}; {warning}")
        return said
    if misfits:
        raise Caution("fits no open task: " + "; ".join(misfits))
    raise Caution("no open task says how to read it; check again when one is published")


def joined_with(task: Task, participant: str, data_set: str) -> bool:
    """Whether `participant` promised this data set to the task."""
    return any(
        (one.participant, one.join.data_type) == (participant, data_set) for one in task.joined
    )


def tried(entry: LocalData, config: NodeConfig, source: Source, task: Task) -> int:
    """How many samples of this data set `task` would have; raises what keeps it from it.

    What the task was joined with was admitted then.
    """
    terms = Terms.of(task.definition)
    samples = len(load(source, terms.schema, config.store / "data"))
    if not joined_with(task, config.name, entry.name):
        _admit(config, task.id, terms, entry.name, samples)
    return samples


def _less_protected(source: Source, task: Task) -> str | None:
    privacy = task.definition.privacy
    return overlap_warning(source, privacy.mode) if privacy else None


def _admit(config: NodeConfig, task: str, terms: Terms, data: str, samples: int) -> None:
    """As at joining."""
    with _budgets(config) as budgets:
        budgets.admit(task, terms, data, samples)


def _account(entry: LocalData, config: NodeConfig) -> str:
    with _budgets(config) as budgets:
        account = budgets.account(entry.name)
    return account and f"; {account}"


@contextmanager
def _budgets(config: NodeConfig) -> Iterator[Budgets]:
    """By the books that there are; a node that never ran has none."""
    books = config.store / "privacy"
    if books.is_dir():
        yield Budgets(config.privacy, books)
        return
    with tempfile.TemporaryDirectory(prefix="weftwork-") as nothing:
        yield Budgets(config.privacy, Path(nothing))


def _readable(source: Source) -> None:
    path = getattr(source, "path", None)
    if path is None:
        return
    try:
        next(path.iterdir(), None) if path.is_dir() else path.open("rb").close()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}; mend source.path") from error
