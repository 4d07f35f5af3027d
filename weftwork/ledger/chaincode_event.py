"""An event that a transaction of a chaincode emitted."""

from dataclasses import dataclass

__all__ = ["ChaincodeEvent"]


@dataclass(frozen=True)
class ChaincodeEvent:
    """At most one a transaction; only valid transactions' events are ever seen."""

    block_number: int
    transaction_id: str
    chaincode: str
    name: str
    payload: bytes
