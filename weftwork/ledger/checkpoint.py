"""How far a listener has come: positions that a stream of events can be resumed from."""

import json
from pathlib import Path
from typing import Protocol

from weftwork.errors import ConfigError
from weftwork.files import write_private
from weftwork.ledger.chaincode_event import ChaincodeEvent

__all__ = ["Checkpoint", "FileCheckpoint", "MemoryCheckpoint"]


class Checkpoint(Protocol):
    """Where to resume: in `block_number`, after `transaction_id` (None: with the block's first).

    Both are None where nothing was processed yet.
    """

    @property
    def block_number(self) -> int | None:
        """The block to resume in."""

    @property
    def transaction_id(self) -> str | None:
        """The last transaction of that block that was processed."""

    def checkpoint_block(self, block_number: int) -> None:
        """Everything in this block has been processed."""

    def checkpoint_transaction(self, block_number: int, transaction_id: str) -> None:
        """Everything up to this transaction of this block has been processed."""

    def checkpoint_chaincode_event(self, event: ChaincodeEvent) -> None:
        """Everything up to this event has been processed."""


class MemoryCheckpoint:
    """A checkpoint that lives as long as the program."""

    def __init__(self) -> None:
        self.block_number: int | None = None
        self.transaction_id: str | None = None

    def checkpoint_block(self, block_number: int) -> None:
        """Everything in this block has been processed."""
        self._move(block_number + 1, None)

    def checkpoint_transaction(self, block_number: int, transaction_id: str) -> None:
        """Everything up to this transaction of this block has been processed."""
        self._move(block_number, transaction_id)

    def checkpoint_chaincode_event(self, event: ChaincodeEvent) -> None:
        """Everything up to this event has been processed."""
        self._move(event.block_number, event.transaction_id)

    def _move(self, block_number: int, transaction_id: str | None) -> None:
        self.block_number = block_number
        self.transaction_id = transaction_id


class FileCheckpoint(MemoryCheckpoint):
    """A checkpoint in a file, which at any moment holds the old position or the new, whole.

    Raises `ConfigError` where the file holds something else. Each move is on the disk when the
    method returns, which takes milliseconds; `EnvironmentFaultError` where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        if path.exists():
            super()._move(*_read(path))

    def _move(self, block_number: int, transaction_id: str | None) -> None:
        position = {"block_number": block_number, "transaction_id": transaction_id}
        write_private(self._path, json.dumps(position).encode())
        super()._move(block_number, transaction_id)


def _read(path: Path) -> tuple[int, str | None]:
    try:
        position = json.loads(path.read_bytes())
        block_number, transaction_id = position["block_number"], position["transaction_id"]
        if not isinstance(block_number, int) or not isinstance(transaction_id, str | None):
            raise TypeError
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{path}: is no checkpoint of events; remove it to start from the beginning"
        ) from error
    return block_number, transaction_id
