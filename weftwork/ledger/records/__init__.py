"""What the ledger records, as typed models: the JSON of chaincode `weftwork`, version 1.

Every number is an integer; times are unix milliseconds of the transaction's timestamp; a digest is
lowercase SHA-256 in hex; accuracies and reputations are parts per million (-1: not known).
Decimals (a learning rate) travel as strings and are `Decimal` here. Models ignore fields that they
do not know, so that a reader outlives an upgrade of the chaincode.
"""

from weftwork.ledger.records.accounts import (
    Account,
    Audit,
    Balance,
    Coin,
    Escrow,
    Payout,
    Settlement,
)
from weftwork.ledger.records.base import Artifact, Receipt, Record
from weftwork.ledger.records.committee import (
    Attestation,
    Committee,
    Evaluation,
    Fault,
    OpenedAttestation,
    OpenedScores,
    Proposal,
    Report,
    Score,
    Sealed,
    Standing,
    Term,
)
from weftwork.ledger.records.participants import Participant
from weftwork.ledger.records.privacy import Privacy, PrivacyBudget, PrivacySpend
from weftwork.ledger.records.rounds import (
    Closing,
    Part,
    Rejection,
    Round,
    RoundRecord,
    RoundState,
    SubmittedUpdate,
    Update,
)
from weftwork.ledger.records.tasks import (
    Aggregation,
    DataSpec,
    Governance,
    Join,
    Joined,
    Left,
    ModelSpec,
    ParticipantLimits,
    Reward,
    Task,
    TaskDefinition,
    TaskState,
    TaskTransactions,
    Training,
)

__all__ = [
    "Account",
    "Aggregation",
    "Artifact",
    "Attestation",
    "Audit",
    "Balance",
    "Closing",
    "Coin",
    "Committee",
    "DataSpec",
    "Escrow",
    "Evaluation",
    "Fault",
    "Governance",
    "Join",
    "Joined",
    "Left",
    "ModelSpec",
    "OpenedAttestation",
    "OpenedScores",
    "Part",
    "Participant",
    "ParticipantLimits",
    "Payout",
    "Privacy",
    "PrivacyBudget",
    "PrivacySpend",
    "Proposal",
    "Receipt",
    "Record",
    "Rejection",
    "Report",
    "Reward",
    "Round",
    "RoundRecord",
    "RoundState",
    "Score",
    "Sealed",
    "Settlement",
    "Standing",
    "SubmittedUpdate",
    "Task",
    "TaskDefinition",
    "TaskState",
    "TaskTransactions",
    "Term",
    "Training",
    "Update",
]
