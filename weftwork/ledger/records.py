"""What the ledger records, as typed models: the JSON of chaincode `weftwork`, version 1.

Every number is an integer; times are unix milliseconds of the transaction's timestamp; a digest is
lowercase SHA-256 in hex; accuracies and reputations are parts per million (-1: not known).
Decimals (a learning rate) travel as strings and are `Decimal` here. Models ignore fields that they
do not know, so that a reader outlives an upgrade of the chaincode.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from weftwork.names import Name

__all__ = [
    "Artifact",
    "DataSpec",
    "Join",
    "Joined",
    "Left",
    "ModelSpec",
    "Participant",
    "ParticipantLimits",
    "Proposal",
    "Receipt",
    "Record",
    "Rejection",
    "Reward",
    "Role",
    "Round",
    "RoundRecord",
    "RoundState",
    "SubmittedUpdate",
    "Task",
    "TaskDefinition",
    "TaskState",
    "Training",
    "Update",
]

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

Role = Literal["requester", "provider", "archive"]
TaskState = Literal["PUBLISHED", "RUNNING", "FINISHED", "CANCELLED", "HALTED"]
RoundState = Literal["OPEN", "PROPOSED", "COMMITTED"]


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


class Participant(Record):
    """Who registered: identity and role come from the certificate, never from an argument."""

    name: str
    msp_id: str
    common_name: str
    role: str
    certificate: str = Field(description="enrolment certificate, PEM")
    endpoint: str = Field("", description="host:port of the node; empty for a requester")
    reputation: int = 0
    state: Literal["ACTIVE", "INACTIVE"] = "ACTIVE"
    registered_at_ms: int = 0
    tx_id: str = Field("", description="of the last transaction that changed it")


class ModelSpec(Record):
    """A model definition by name and version; what `parameters` mean is the definition's affair."""

    name: str
    version: int = 1
    parameters: dict[str, Any] = {}


class Training(Record):
    """How a round is trained. Keys that a strategy adds are kept as they are."""

    model_config = ConfigDict(extra="allow")

    strategy: str = "fedavg"
    rounds: int = Field(ge=1)
    local_epochs: int = Field(1, ge=1)
    batch_size: int = Field(32, ge=1)
    learning_rate: Decimal = Decimal("0.1")
    momentum: Decimal = Decimal(0)
    seed: int = 0


class DataSpec(Record):
    """The data that a provider must hold; `schema_` is opaque to the ledger."""

    schema_: dict[str, Any] = Field(alias="schema")
    schema_digest: Digest


class ParticipantLimits(Record):
    """How many providers a task takes, and how long it waits for them to join."""

    min: int = Field(ge=1)
    max: int = Field(ge=1)
    join_seconds: int = Field(ge=0)


class Reward(Record):
    """What the requester offers, in minor units."""

    amount: int = Field(0, ge=0)
    unit: str = "credit"


class TaskDefinition(Record):
    """What a requester publishes; at most 64 KiB as JSON."""

    title: str
    description: str = ""
    purpose: str = ""
    model: ModelSpec
    initial_model: Artifact
    validation: Artifact | None = None
    training: Training
    data: DataSpec
    usage_rules: str = ""
    participants: ParticipantLimits
    round_seconds: int = Field(ge=1)
    target_accuracy_ppm: int = Field(0, ge=0, le=1_000_000, description="0: none")
    reward: Reward = Reward()
    archive: str = Field(description="participant name of the node that keeps the artifacts")


class Join(Record):
    """A provider's consent and what it brings."""

    data_type: str
    samples: int = Field(ge=1)
    attributes: dict[str, str] = {}
    schema_digest: Digest
    accepts_usage_rules: bool
    privacy_budget: dict[str, Any] = {}


class Joined(Record):
    """A provider that joined."""

    participant: str
    msp_id: str
    join: Join
    joined_at_ms: int
    tx_id: str = ""


class Left(Record):
    """A provider that left, and why."""

    participant: str
    reason: str = ""
    left_at_ms: int
    tx_id: str = ""


class TaskTransactions(Record):
    """The ids of the transactions that brought a task where it is; empty: it has not happened."""

    publish: str = ""
    start: str = ""
    end: str = Field("", description="that finished or cancelled it")


class Task(Record):
    """A task as it stands now."""

    id: str
    state: TaskState
    requester: str
    requester_msp: str
    definition: TaskDefinition
    published_at_ms: int
    join_deadline_ms: int
    joined: list[Joined] = []
    left: list[Left] = []
    participants: list[str] = Field([], description="who takes part; empty before the start")
    started_at_ms: int = 0
    round: int = Field(0, description="the open round (1-based), 0 before the start")
    model: Artifact = Field(description="the newest committed global model; before, the initial")
    accuracy_ppm: int = -1
    ended_at_ms: int = 0
    reason: str = ""
    start_digest: str = Field("", description="SHA-256 of the start: round 1's record names it")
    transactions: TaskTransactions = TaskTransactions()


class Update(Record):
    """A provider's update of a round; `signature` is `Ledger.sign_update`'s."""

    digest: Digest
    size: int = Field(ge=1)
    samples: int = Field(ge=1, lt=2**29)
    base_digest: Digest
    signature: str
    privacy: dict[str, Any] = {"mode": "none"}
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


class Receipt(Record):
    """What a writing call did: a repetition of the same content is `already-recorded`."""

    outcome: Literal["recorded", "already-recorded"]
    record: dict[str, Any] = {}
    transaction_id: str = Field("", description="of the call, also where nothing was written")
