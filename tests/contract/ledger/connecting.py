"""Gateways of a connection file's identity."""

from typing import Any

from weftwork.config import Connection
from weftwork.ledger import Deadlines, Gateway
from weftwork.ledger.credentials import Credentials


def options_of(connection: Connection, **changes: Any) -> dict[str, Any]:
    """The arguments of `Gateway`, asynchronous or blocking."""
    credentials = Credentials.load(connection)
    return {
        "identity": credentials.identity,
        "signer": credentials.signer,
        "tls": credentials.tls,
        "deadlines": Deadlines(),
        **changes,
    }


def gateway_of(connection: Connection, endpoint: str | None = None, **changes: Any) -> Gateway:
    """A gateway; `endpoint` is another way to the same peer."""
    return Gateway(endpoint or connection.gateway.endpoint, **options_of(connection, **changes))
