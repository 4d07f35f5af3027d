"""The contract `Rounds`: updates, aggregates, and the chain of their records."""

from typing import Any, Literal

from pydantic import Field

from weftwork.ledger.records.base import Artifact, Digest, Record
from weftwork.ledger.records.privacy import PrivacySpend

__all__ = [
    "Proposal",
    "Rejection",
    "Round",
    "RoundRecord",
    "RoundState",
    "SubmittedUpdate",
    "Update",
]

RoundState = Literal["OPEN", "PROPOSED", "COMMITTED"]


class Update(Record):
    """A provider's update of a round; `signature` is `Ledger.sign_update`'s."""

    digest: Digest
    size: int = Field(ge=1)
    samples: int = Field(ge=1, lt=2**29)
    base_digest: Digest
    signature: str
    privacy: PrivacySpend = PrivacySpend()
    metrics: dict[str, Any] = {}


class SubmittedUpdate(Update):
    """An update as the ledger recorded it."""

    participant: str
    tx_id: str = ""
    submitted_at_ms: int = 0


class Rejection(Record):
    """An update that is not part of the aggregate, and why."""

    participant: str
    reason: str


class Proposal(Record):
    """The leader's aggregate. Names in `accepted` are sorted."""

    digest: Digest
    size: int = Field(ge=1)
    accuracy_ppm: int = -1
    accepted: list[str]
    rejected: list[Rejection] = []
    metrics: dict[str, Any] = {}


class RoundRecord(Record):
    """A committed round: names everyone. `previous` chains it to the record before it."""

    task: str
    round: int
    term: int = 1
    leader: str
    base_digest: Digest
    digest: Digest
    size: int
    accuracy_ppm: int = -1
    sampled: list[str]
    submitted: list[SubmittedUpdate] = []
    accepted: list[str] = []
    rejected: list[Rejection] = []
    missing: list[str] = []
    left: list[str] = []
    metrics: dict[str, Any] = {}
    opened_at_ms: int = 0
    deadline_ms: int = 0
    proposed_at_ms: int = 0
    committed_at_ms: int = 0
    committed_by: str = ""
    previous: str = ""
    outcome: Literal["CONTINUE", "FINAL"]
    next_leader: str = ""
    next_participants: list[str] = []
    next_deadline_ms: int = 0
    tx_id: str = ""


class Round(Record):
    """A round as it stands now."""

    task: str
    round: int
    state: RoundState
    term: int = 1
    leader: str
    base: Artifact
    opened_at_ms: int
    deadline_ms: int
    participants: list[str] = Field(description="sampled, minus those that left")
    updates: list[SubmittedUpdate] = []
    missing: list[str] = []
    proposal: Proposal | None = None
    record: RoundRecord | None = None
