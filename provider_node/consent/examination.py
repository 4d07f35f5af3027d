"""`policy check`: everything that decides whether this node joins one task, rule by rule."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass

from provider_node.check.data import tried
from provider_node.config import NodeConfig
from provider_node.consent.limits import limit_rulings
from provider_node.consent.policyfile import PolicyFile
from provider_node.consent.rules import rulings
from provider_node.consent.ruling import Ruling
from provider_node.terms import Terms
from provider_node.trainers import Trainers
from provider_node.trials import Trials
from weftwork.downloads import resolved
from weftwork.errors import (
    ConfigError,
    ConnectionFailedError,
    DataError,
    IntegrityError,
    NotFoundError,
    RefusedError,
)
from weftwork.learning.data import LocalData
from weftwork.learning.errors import ModelError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Task
from weftwork.lookup import find_task

__all__ = ["Examination", "examine", "judge"]

# Of one data set, or of the model: what a node takes for an answer, and not for a reason to try
# again. All else is raised, for then nothing is known.
MISFITS = (ConfigError, DataError, IntegrityError, ModelError, NotFoundError, RefusedError)


@dataclass(frozen=True)
class Examination:
    """The rulings on one task. One data set that may be used is enough."""

    task: str
    rulings: tuple[Ruling, ...]
    data: tuple[Ruling, ...]

    @property
    def everything(self) -> tuple[Ruling, ...]:
        """All rulings, in the order in which they are shown."""
        return (*self.rulings, *self.data)

    @property
    def allowed(self) -> bool:
        """Whether the node would join the task, or has joined it and would train."""
        rules = all(one.allowed for one in self.rulings)
        return rules and any(one.allowed for one in self.data)


async def examine(config: NodeConfig, name: str) -> Examination:
    """Judge the task `name` of the ledger. Raises what keeps it from being known."""
    PolicyFile(config.policy).load()  # a mistake in it, before anything that takes time
    async with Ledger.open(config.load_connection()) as ledger:
        try:
            task = await find_task(ledger, name)
        except RefusedError as error:  # whose exit code says here that a rule refuses the task
            raise ConnectionFailedError(f"the ledger refuses this node: {error}") from error
    return await judge(config, task)


async def judge(config: NodeConfig, task: Task) -> Examination:
    """What the policy, `node.yaml`, the ledger, the data and the model say to `task`.

    The limits of `node.yaml` are applied when a task is joined, and the data set is chosen then: of
    one that is, only that data set is looked at.
    """
    found = [standing(config, task), *rulings(PolicyFile(config.policy).load(), task)]
    try:
        terms = await asyncio.to_thread(Terms.of, task.definition)
    except ConfigError as error:
        why = "; ".join(error.problems) or str(error)
        found.append(Ruling("node", "terms", False, "the task's terms cannot be followed", why))
        return Examination(task.id, tuple(found), ())
    if not _joined(config, task):
        found += limit_rulings(config.privacy, terms.privacy)
    data = [one async for one in _tried_all(config, task, terms)]
    return Examination(task.id, tuple(found), tuple(data))


def standing(config: NodeConfig, task: Task) -> Ruling:
    """Whether the ledger would still let the node join, or whether it takes part."""
    allowed, says = _standing(config, task)
    return Ruling("node", "state", allowed, f"the task is {task.state}", says)


def _standing(config: NodeConfig, task: Task) -> tuple[bool, str]:
    left = {one.participant for one in task.left}
    if config.role != "provider":
        return False, "an archive joins no task"
    if config.name in left:
        return False, "this node has left it, which is final"
    if _joined(config, task):
        return task.state in ("PUBLISHED", "RUNNING"), "this node has joined it"
    if task.state != "PUBLISHED":
        return False, "it can be joined no more"
    if len({one.participant for one in task.joined} - left) >= task.definition.participants.max:
        return False, "all its places are taken"
    return True, "it can be joined"


def _joined(config: NodeConfig, task: Task) -> bool:
    return _promised(config, task) is not None


def _promised(config: NodeConfig, task: Task) -> str | None:
    """The data set that the node has joined the task with."""
    own = (one.join.data_type for one in task.joined if one.participant == config.name)
    return next(own, None)


async def _tried_all(config: NodeConfig, task: Task, terms: Terms) -> AsyncIterator[Ruling]:
    """Each data set, as at joining: read, counted, within its budget, the model tried on it."""
    candidates = config.data
    if promised := _promised(config, task):
        candidates = tuple(one for one in config.data if one.name == promised)
    if promised and not candidates:
        joined = "the task was joined with it"
        yield Ruling("node", f"data {promised}", False, joined, "node.yaml has no such data set")
        return
    trainers = Trainers(config.means)
    trials = Trials(trainers)
    try:
        for entry in candidates:
            yield await _ruled(entry, _tried(config, task, terms, trials, entry))
    finally:
        await trainers.close()


async def _tried(
    config: NodeConfig, task: Task, terms: Terms, trials: Trials, entry: LocalData
) -> str:
    source = await asyncio.to_thread(resolved, entry.source, config.store / "downloads")
    samples = await asyncio.to_thread(tried, entry, config, source, task)
    await trials.require(terms, samples)
    return f"fits, with {samples} samples"


async def _ruled(entry: LocalData, trial: Awaitable[str]) -> Ruling:
    rule, asks = f"data {entry.name}", "the task asks for data of its schema"
    try:
        return Ruling("node", rule, True, asks, await trial)
    except MISFITS as error:
        return Ruling("node", rule, False, asks, str(error))
