"""The contract `Committee`: scores, attestations, terms, and what the elections go by."""

from typing import Any, Literal

from pydantic import Field

from weftwork.ledger.records.base import Digest, Record

__all__ = [
    "Attestation",
    "Committee",
    "Evaluation",
    "Fault",
    "OpenedAttestation",
    "OpenedScores",
    "Proposal",
    "Report",
    "Score",
    "Sealed",
    "Standing",
    "Term",
]


class Score(Record):
    """A member's verdict on an update, and what the update adds in millionths of loss."""

    participant: str
    verdict: Literal["accepted", "rejected"]
    reason: str = Field("", description="a word; empty where it is accepted")
    score_micro: int = Field(0, ge=-(10**12), le=10**12)


class OpenedScores(Record):
    """What a member reveals: its scores by the providers' names, and the salt of their seal."""

    salt: Digest
    scores: list[Score]


class Evaluation(OpenedScores):
    """A member's revealed scores, as the ledger recorded them."""

    participant: str
    term: int
    revealed_at_ms: int = 0
    tx_id: str = ""


class OpenedAttestation(Record):
    """The aggregate that a member computed, its seal's salt, and the accuracy that it measured."""

    salt: Digest
    digest: Digest
    size: int = Field(ge=1)
    accuracy_ppm: int = -1


class Attestation(OpenedAttestation):
    """A member's opened aggregate, as the ledger recorded it."""

    participant: str
    term: int
    attested_at_ms: int = 0
    tx_id: str = ""


class Sealed(Record):
    """A member is bound to something that only it knows yet."""

    participant: str
    hash: Digest
    sealed_at_ms: int = 0


class Report(Record):
    """A member says that another does not do its part."""

    participant: str
    accused: str
    reason: str = ""


class Fault(Record):
    """What a member did wrong, and in which term."""

    participant: str
    term: int
    fault: Literal["left", "unavailable", "wrong-verdicts", "wrong-proposal", "wrong-attestation"]


class Standing(Record):
    """A participant's reputation, its share of the round's pot, and the sum of its shares (ppm).

    `added_micro` is what its updates have added so far, an eighth less for each round since.
    `snapshot` is the number of its organisation's standing that the task began with.
    """

    participant: str
    msp_id: str
    snapshot: int = 0
    reputation: int
    merit_ppm: int = 0
    share_ppm: int = 0
    points: int = 0
    added_micro: int = 0


class Proposal(Record):
    """The leader's aggregate in a term."""

    term: int = Field(ge=1)
    digest: Digest
    size: int = Field(ge=1)
    accuracy_ppm: int = -1
    metrics: dict[str, Any] = {}


class Term(Record):
    """A round's committee from when the one before could not go on, and what it has done."""

    term: int
    committee: list[str]
    leader: str
    evaluation: int = Field(description="the term whose scores count")
    scorers: list[str]
    renewals: int = Field(0, description="how often all for whom only time ran out could sit again")
    replaced: list[Fault] = Field([], description="who is out for the round")
    faults: list[Fault] = []
    score_by_ms: int
    reveal_by_ms: int
    seal_by_ms: int
    propose_by_ms: int
    attest_by_ms: int
    opened_by: str = ""
    opened_at_ms: int = 0
    tx_id: str = ""
    scores_sealed: list[Sealed] = []
    evaluations: list[Evaluation] = []
    sealed: list[Sealed] = []
    proposal: Proposal | None = None
    attestations: list[Attestation] = []
    reports: list[Report] = []


class Committee(Record):
    """Why a round is decided by whom, and what became of each term."""

    task: str
    round: int
    state: str
    base_digest: Digest
    standings: list[Standing]
    ranking: list[str]
    last_leader: str = ""
    committee: list[str] = []
    elected: dict[str, Any] = {}
    quorum: int
    terms: list[Term] = []
