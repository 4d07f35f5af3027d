"""The contract `Participants`: who is registered."""

from typing import Literal

from pydantic import Field

from weftwork.ledger.records.base import Record
from weftwork.names import Name

__all__ = ["Participant"]


class Participant(Record):
    """Who registered: identity and role come from the certificate, never from an argument."""

    name: Name
    msp_id: str
    common_name: str
    role: str
    certificate: str = Field(description="enrolment certificate, PEM")
    endpoint: str = Field("", description="host:port of the node; empty for a requester")
    reputation: int = 0
    state: Literal["ACTIVE", "INACTIVE"] = "ACTIVE"
    registered_at_ms: int = 0
    tx_id: str = Field("", description="of the last transaction that changed it")
