"""From the command line to the ledger: which connection, which task."""

import os
from pathlib import Path

from requester_cli.settings import Settings
from weftwork.config import Connection, load_yaml, weftwork_home
from weftwork.errors import ConfigError
from weftwork.ledger import Ledger

__all__ = ["connection_file", "load_connection", "open_ledger", "read_connection"]


def connection_file(settings: Settings) -> Path:
    """`--connection`, else `$WEFTWORK_CONNECTION`, else `requester.yaml` of the state folder."""
    named = settings.connection or os.environ.get("WEFTWORK_CONNECTION")
    return Path(named) if named else weftwork_home() / "requester.yaml"


def load_connection(settings: Settings) -> Connection:
    """The connection; raise `ConfigError` saying where it was looked for and how to give one."""
    ways = "--connection or $WEFTWORK_CONNECTION"
    return read_connection(connection_file(settings), ways)


def read_connection(path: Path, ways: str) -> Connection:
    """The connection in `path`; `ways`: by what another file is named, for the `ConfigError`."""
    if not path.exists():
        raise ConfigError(
            f"{path}: no such connection file; name one with {ways},"
            " or start a consortium here with `python -m network up`"
        )
    return load_yaml(path, Connection)


def open_ledger(settings: Settings) -> Ledger:
    """The ledger as the identity of the connection sees it; nothing is sent before a call."""
    return Ledger.open(load_connection(settings))
