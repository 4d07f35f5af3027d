"""What all records are, and what more than one contract speaks of."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Artifact", "Digest", "Receipt", "Record"]

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Record(BaseModel):
    """The base of all records: immutable, and tolerant of fields it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True, validate_by_name=True)

    def to_json(self) -> str:
        """The record as the chaincode takes it: no spaces, decimals as strings."""
        return self.model_dump_json(by_alias=True)


class Artifact(Record):
    """Bytes off the ledger, named by their SHA-256 digest."""

    digest: Digest
    size: int = Field(ge=0)


class Receipt(Record):
    """What a writing call did: a repetition of the same content is `already-recorded`."""

    outcome: Literal["recorded", "already-recorded"]
    record: dict[str, Any] = {}
    transaction_id: str = Field("", description="of the call, also where nothing was written")
