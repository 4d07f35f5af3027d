"""A ledger that is away, unknown, silent or not ours: each has its error."""

import socket

import pytest

from weftwork.config import Connection
from weftwork.errors import ConfigError, ConnectionFailedError, DeadlineError
from weftwork.ledger import (
    Deadlines,
    Ledger,
    Refused,
)


async def test_a_ledger_that_is_not_there(connection: Connection) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        address = connection.gateway.model_copy(update={"endpoint": endpoint})
        async with Ledger.open(connection.model_copy(update={"gateway": address})) as ledger:
            with pytest.raises(ConnectionFailedError, match=endpoint):
                await ledger.tasks.list()
            with pytest.raises(ConnectionFailedError, match=endpoint):
                await anext(ledger.events(patience=0.5))


async def test_an_identity_that_the_peers_do_not_accept(
    connection: Connection, factory_connection: Connection
) -> None:
    pretended = connection.model_copy(update={"identity": factory_connection.identity})
    async with Ledger.open(pretended) as ledger:
        with pytest.raises(Refused, match="access denied") as caught:
            await ledger.participants.list()
    assert caught.value.code == "ACCESS_DENIED"


async def test_a_chaincode_that_is_not_there(connection: Connection) -> None:
    async with Ledger.open(connection.model_copy(update={"chaincode": "nothing"})) as ledger:
        with pytest.raises(ConnectionFailedError, match="nothing"):
            await ledger.participants.list()


async def test_a_ledger_that_does_not_answer(connection: Connection) -> None:
    async with Ledger.open(connection, Deadlines(evaluate=0.0005)) as ledger:
        with pytest.raises(DeadlineError):
            await ledger.tasks.list()


def test_an_endpoint_without_port_is_a_mistake_in_the_file(connection: Connection) -> None:
    address = connection.gateway.model_copy(update={"endpoint": "localhost"})
    with pytest.raises(ConfigError, match=r"gateway\.endpoint: 'localhost' is no endpoint"):
        Ledger.open(connection.model_copy(update={"gateway": address}))
