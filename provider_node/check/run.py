"""All checks in order. What cannot be tried because of an earlier failure is left out."""

from collections.abc import AsyncIterator, Callable

from provider_node.check import certificates, ledger, machine
from provider_node.check.data import data, joined_with
from provider_node.check.finding import Finding, bad, find
from provider_node.check.models import models
from provider_node.check.policy import policy
from provider_node.config import NodeConfig
from weftwork.config import Connection
from weftwork.errors import WeftworkError
from weftwork.learning.data import LocalData
from weftwork.ledger import Ledger
from weftwork.ledger.records import Task

__all__ = ["check"]


async def check(config: NodeConfig, task: str | None = None) -> list[Finding]:
    """Whether the node could run, and what is in its way.

    With `task`, whether each of its data sets fits that task, whatever others are open.
    """
    return [finding async for finding in _all(config, task)]


async def _all(config: NodeConfig, task: str | None) -> AsyncIterator[Finding]:
    try:
        connection = config.load_connection()
    except WeftworkError as error:
        yield bad("connection", error)
    else:
        async for finding in _identity(config, connection):
            yield finding
        async for finding in _ledger(config, connection, task):
            yield finding
    if config.role == "provider":
        yield await find("policy", policy(config))
    yield await find("disk", machine.disk(config))
    yield await find("port", machine.port(config))
    if config.role == "provider":
        yield await find("models", models())
        yield await find("trainer", machine.device(config))


async def _identity(config: NodeConfig, connection: Connection) -> AsyncIterator[Finding]:
    yield await find("certificate", certificates.enrolment(connection, config.role))
    yield await find("tls certificate", certificates.tls(connection))
    yield await find("trust", certificates.trust(connection))


async def _ledger(
    config: NodeConfig, connection: Connection, task: str | None
) -> AsyncIterator[Finding]:
    try:
        opened = Ledger.open(connection)
    except WeftworkError as error:
        yield bad("ledger", error)
        return
    async with opened:
        reached = await find("ledger", ledger.reach(opened))
        yield reached
        tasks: list[Task] = []
        if reached.verdict != "bad":
            own = connection.identity.certificate
            yield await find("registration", ledger.registration(opened, config, own))
            try:
                tasks = await ledger.open_tasks(opened, task)
            except WeftworkError as error:
                yield bad("task", error)
    for entry in config.data:
        must_fit = _promise(config, entry, task)
        yield await find(f"data {entry.name}", data(entry, config, tasks, must_fit))


def _promise(config: NodeConfig, entry: LocalData, named: str | None) -> Callable[[Task], bool]:
    """Which tasks the data set must fit: the one that was named, and those joined with it."""

    def must_fit(task: Task) -> bool:
        return task.id == named or joined_with(task, config.name, entry.name)

    return must_fit
