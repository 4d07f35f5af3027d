"""Weftwork's own events: one for each recorded transaction, with the record in it."""

import json
from dataclasses import dataclass
from typing import Any

from weftwork.errors import IntegrityError
from weftwork.ledger.chaincode_events import ChaincodeEvent

__all__ = ["LedgerEvent"]

_VERSION = 1


@dataclass(frozen=True)
class LedgerEvent:
    """`name` is `weftwork.v1.<Contract>.<Event>`; `payload` is the chaincode's JSON, whole.

    `task` is empty and `round` 0 where the event concerns none.
    """

    name: str
    task: str
    round: int
    payload: dict[str, Any]
    block_number: int
    transaction_id: str

    @property
    def record(self) -> dict[str, Any]:
        """What the transaction recorded."""
        record = self.payload.get("record")
        return record if isinstance(record, dict) else {}

    @property
    def at_ms(self) -> int:
        """The transaction's timestamp, unix milliseconds."""
        return int(self.payload.get("at_ms", 0))

    @classmethod
    def parse(cls, event: ChaincodeEvent) -> "LedgerEvent":
        """The event in `event`; raise `IntegrityError` where its payload is not version 1."""
        try:
            payload = json.loads(event.payload)
            if payload["version"] != _VERSION:
                raise ValueError(f"version {payload['version']}, this program reads {_VERSION}")
            task, round_ = str(payload.get("task", "")), int(payload.get("round", 0))
        except (ValueError, KeyError, TypeError) as error:
            where = f"event {event.name} of transaction {event.transaction_id}"
            raise IntegrityError(f"{where} cannot be read: {error}") from error
        return cls(event.name, task, round_, payload, event.block_number, event.transaction_id)
