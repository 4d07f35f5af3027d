"""The contract `Rounds`: updates, aggregates, and the chain of their records."""

from typing import Any, Literal

from pydantic import Field

from weftwork.ledger.records.base import Artifact, Digest, Record
from weftwork.ledger.records.committee import Attestation, Evaluation, Fault, Standing, Term
from weftwork.ledger.records.privacy import PrivacySpend

__all__ = [
    "Closing",
    "Part",
    "Rejection",
    "Round",
    "RoundRecord",
    "RoundState",
    "SubmittedUpdate",
    "Update",
]

RoundState = Literal["OPEN", "EVALUATING", "PROPOSED", "COMMITTED"]


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
    """An update as the ledger recorded it; `key` is the one that its signature was checked with."""

    participant: str
    key: str = ""
    tx_id: str = ""
    submitted_at_ms: int = 0


class Part(Record):
    """An accepted update in its aggregate; its contribution is in millionths of loss."""

    participant: str
    weight: int
    contribution_micro: int = 0


class Rejection(Record):
    """An update that is not part of the aggregate, and why.

    It is its provider's fault where a quorum of the committee says so.
    """

    participant: str
    reason: str
    by_quorum: bool


class Closing(Record):
    """The end of a round's time for updates; the three share out those sampled."""

    submitted: list[str]
    missing: list[str] = []
    left: list[str] = []
    closed_by: str = ""
    closed_at_ms: int


class RoundRecord(Record):
    """A committed round: names everyone. `previous` chains it to the record before it."""

    task: str
    round: int
    term: int = 1
    committee: list[str]
    leader: str
    base_digest: Digest
    digest: Digest
    size: int
    accuracy_ppm: int = -1
    sampled: list[str]
    submitted: list[SubmittedUpdate] = []
    accepted: list[Part] = []
    rejected: list[Rejection] = []
    missing: list[str] = []
    left: list[str] = []
    evaluations: list[Evaluation] = []
    attestations: list[Attestation] = []
    replaced: list[Fault] = []
    faults: list[Fault] = []
    standings: list[Standing] = []
    metrics: dict[str, Any] = {}
    opened_at_ms: int = 0
    deadline_ms: int = 0
    closed_at_ms: int = 0
    proposed_at_ms: int = 0
    committed_at_ms: int = 0
    committed_by: str = ""
    previous: str = ""
    outcome: Literal["CONTINUE", "FINAL"]
    next_participants: list[str] = []
    next_ranking: list[str] = []
    next_committee: list[str] = []
    next_leader: str = ""
    next_deadline_ms: int = 0
    tx_id: str = ""

    @property
    def contributors(self) -> list[str]:
        """Whose updates are in the aggregate, in the order of their names."""
        return [one.participant for one in self.accepted]


class Round(Record):
    """A round as it stands now.

    `committee` and `leader` are the current term's; `term` is None until the round is closed.
    `accepted` and `rejected` follow from the scores that are revealed, and hold once all are.
    """

    task: str
    round: int
    state: RoundState
    committee: list[str] = []
    leader: str
    quorum: int = 1
    last_leader: str = ""
    base: Artifact
    opened_at_ms: int
    deadline_ms: int
    extended: bool = False
    participants: list[str] = Field(description="sampled, minus those that left")
    updates: list[SubmittedUpdate] = []
    missing: list[str] = []
    closing: Closing | None = None
    term: Term | None = None
    accepted: list[Part] = []
    rejected: list[Rejection] = []
    record: RoundRecord | None = None
