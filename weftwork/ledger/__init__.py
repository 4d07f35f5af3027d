"""A client of Hyperledger Fabric's Gateway, and Weftwork's ledger over it.

The client (`Gateway`, `Network`, `Contract`, ...) knows nothing of Weftwork and uses the words of
Fabric's own clients. `Ledger` is what Weftwork's programs use: participants, tasks, rounds, money.
`weftwork.ledger.blocking` is the client for scripts without asyncio; `weftwork.ledger.records` has
the typed records.
"""

from weftwork.ledger.block_events import BlockEventsRequest, BlockKind
from weftwork.ledger.chaincode_events import ChaincodeEvent, ChaincodeEventsRequest
from weftwork.ledger.channel import TlsOptions
from weftwork.ledger.checkpoint import Checkpoint, FileCheckpoint, MemoryCheckpoint
from weftwork.ledger.commit import Commit, Status
from weftwork.ledger.contract import Contract
from weftwork.ledger.deadlines import Deadlines
from weftwork.ledger.errors import (
    BudgetExceeded,
    CommitError,
    CommitStatusError,
    ContractError,
    EndorseError,
    EvaluateError,
    EventsError,
    GatewayError,
    NotFound,
    PeerDetail,
    Refused,
    SubmitError,
    Unresolved,
)
from weftwork.ledger.events import LedgerEvent
from weftwork.ledger.gateway import Gateway
from weftwork.ledger.ledger import Ledger
from weftwork.ledger.network import Network
from weftwork.ledger.proposal import Proposal
from weftwork.ledger.resume import resumed
from weftwork.ledger.signing import Identity, Signer, sign_with
from weftwork.ledger.stream import EventStream
from weftwork.ledger.transaction import Transaction

__all__ = [
    "BlockEventsRequest",
    "BlockKind",
    "BudgetExceeded",
    "ChaincodeEvent",
    "ChaincodeEventsRequest",
    "Checkpoint",
    "Commit",
    "CommitError",
    "CommitStatusError",
    "Contract",
    "ContractError",
    "Deadlines",
    "EndorseError",
    "EvaluateError",
    "EventStream",
    "EventsError",
    "FileCheckpoint",
    "Gateway",
    "GatewayError",
    "Identity",
    "Ledger",
    "LedgerEvent",
    "MemoryCheckpoint",
    "Network",
    "NotFound",
    "PeerDetail",
    "Proposal",
    "Refused",
    "Signer",
    "Status",
    "SubmitError",
    "TlsOptions",
    "Transaction",
    "Unresolved",
    "resumed",
    "sign_with",
]
