"""All checks in order. What cannot be tried because of an earlier failure is left out."""

from collections.abc import AsyncIterator

from provider_node.check import certificates, ledger, machine
from provider_node.check.finding import Finding, find
from provider_node.config import NodeConfig
from weftwork.config import Connection
from weftwork.errors import WeftworkError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Task

__all__ = ["check"]


async def check(config: NodeConfig) -> list[Finding]:
    """Whether the node could run, and what is in its way."""
    return [finding async for finding in _all(config)]


async def _all(config: NodeConfig) -> AsyncIterator[Finding]:
    try:
        connection = config.load_connection()
    except WeftworkError as error:
        yield Finding("connection", "bad", str(error), error.exit_code)
    else:
        async for finding in _identity(config, connection):
            yield finding
        async for finding in _ledger(config, connection):
            yield finding
    yield await find("disk", machine.disk(config))
    yield await find("port", machine.port(config))
    if config.role == "provider":
        yield await find("trainer", machine.device(config))


async def _identity(config: NodeConfig, connection: Connection) -> AsyncIterator[Finding]:
    yield await find("certificate", certificates.enrolment(connection, config.role))
    yield await find("tls certificate", certificates.tls(connection))
    yield await find("trust", certificates.trust(connection))


async def _ledger(config: NodeConfig, connection: Connection) -> AsyncIterator[Finding]:
    try:
        opened = Ledger.open(connection)
    except WeftworkError as error:
        yield Finding("ledger", "bad", str(error), error.exit_code)
        return
    async with opened:
        reached = await find("ledger", ledger.reach(opened))
        yield reached
        tasks: list[Task] = []
        if reached.verdict != "bad":
            certificate = connection.identity.certificate.read_text("ascii")
            yield await find("registration", ledger.registration(opened, config, certificate))
            tasks = await ledger.open_tasks(opened)
    for entry in config.data:
        yield await find(f"data {entry.name}", ledger.data(entry, tasks))
