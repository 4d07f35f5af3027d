"""The contract `Tasks`: what is to be trained, with whom, and how it ended."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from weftwork.canonical import digest
from weftwork.ledger.records.base import Artifact, Digest, Record
from weftwork.ledger.records.privacy import Privacy, PrivacyBudget
from weftwork.units import MILLION

__all__ = [
    "Aggregation",
    "DataSpec",
    "Fees",
    "Governance",
    "Join",
    "Joined",
    "Left",
    "ModelSpec",
    "ParticipantLimits",
    "Reward",
    "Task",
    "TaskDefinition",
    "TaskState",
    "TaskTransactions",
    "Training",
]

TaskState = Literal["PUBLISHED", "RUNNING", "FINISHED", "CANCELLED", "HALTED"]


class ModelSpec(Record):
    """A model definition by name and version; what `parameters` mean is the definition's affair."""

    name: str
    version: int = 1
    parameters: dict[str, Any] = {}


def _listed(strategy: Any) -> Any:
    """Tasks that are older than lists of strategies have the name of one."""
    return [{"name": strategy}] if isinstance(strategy, str) else strategy


Strategies = Annotated[
    list[dict[str, Any]], Field(min_length=1, max_length=8), BeforeValidator(_listed)
]


class Training(Record):
    """How a round is trained. Other keys, beside these and beside a strategy's `name`, are kept."""

    model_config = ConfigDict(extra="allow")

    strategy: Strategies = [{"name": "fedavg"}]
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


class Fees(Record):
    """What those who decide a round have of its pot, in parts per million."""

    committee_ppm: int = Field(100_000, ge=0, le=MILLION // 2)
    leader_ppm: int = Field(50_000, ge=0, le=MILLION // 2)


class Governance(Record):
    """How a task's rounds are decided; how contributions are measured is the nodes' affair."""

    committee: int = Field(3, ge=1, le=15)
    stage_seconds: int = Field(120, ge=1)
    contribution: dict[str, Any] = {"name": "leave-one-out"}
    fees: Fees = Fees()


class Aggregation(Record):
    """How updates become one; what `rule` means is the nodes' affair."""

    rule: dict[str, Any] = {"name": "mean"}
    cap_ratio: int = Field(2, ge=1, le=1000, description="of the median count of samples")
    least: int = Field(1, ge=1, description="updates that the rule needs")


class TaskDefinition(Record):
    """What a requester publishes; at most 64 KiB as JSON."""

    title: str
    description: str = ""
    purpose: str = ""
    model: ModelSpec
    initial_model: Artifact
    validation: Artifact | None = None
    training: Training
    privacy: Privacy | None = None
    data: DataSpec
    usage_rules: str = ""
    participants: ParticipantLimits
    round_seconds: int = Field(ge=1)
    target_accuracy_ppm: int = Field(0, ge=0, le=MILLION, description="0: none")
    reward: Reward = Reward()
    governance: Governance = Governance()
    aggregation: Aggregation = Aggregation()
    archive: str = Field(description="participant name of the node that keeps the artifacts")


class Join(Record):
    """A provider's consent and what it brings.

    `acceptance` is `Ledger.sign_acceptance`'s, of the task's whole definition; a joining that is
    older than signed acceptances has none.
    """

    data_type: str
    samples: int = Field(ge=1)
    attributes: dict[str, str] = {}
    schema_digest: Digest
    acceptance: str = ""
    privacy_budget: PrivacyBudget = PrivacyBudget()


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
    """A task as it stands now.

    `definition_document` is the definition as it was read, with what `definition` does not know.
    """

    id: str
    state: TaskState
    requester: str
    requester_msp: str
    definition: TaskDefinition
    definition_document: dict[str, Any] = Field({}, exclude=True, repr=False)
    definition_digest: str = Field("", description="SHA-256 of it, by the ledger's word")
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
    uncounted: list[str] = Field([], description="MSP IDs whose standing lacks this ended task")
    transactions: TaskTransactions = TaskTransactions()

    @model_validator(mode="before")
    @classmethod
    def _keep_document(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("definition"), dict):
            return {**value, "definition_document": value["definition"]}
        return value

    @property
    def own_digest(self) -> str:
        """SHA-256 of the canonical form of the definition that was read, computed here.

        It takes nobody's word for it: who signs this digest has signed what is in this object.
        """
        return digest(self.definition_document)
