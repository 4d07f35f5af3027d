"""What can go wrong between a program and the ledger.

WeftworkError
├── GatewayError              a call of the Gateway: names the stage, the transaction and the peers
│   ├── EvaluateError         a query failed
│   ├── EndorseError          no, or not enough, organisations endorsed: nothing was submitted
│   ├── SubmitError           the orderers did not confirm that they took the transaction
│   ├── CommitStatusError     the outcome of a submitted transaction could not be learned
│   ├── CommitError           the transaction was ordered, and found invalid: `code` says why
│   └── EventsError           a stream of events could not start, or broke
└── what `weftwork.ledger.Ledger` makes of them:
    ├── RefusedError → Refused            the contract (or the validation) refused: `code`
    │   └── BudgetExceeded                an update has spent more privacy than its provider granted
    ├── NotFoundError → NotFound          the contract knows no such thing
    ├── DeadlineError → Unresolved        submitted, and it is not known yet whether it committed
    ├── DeadlineError                     nothing was submitted in time
    └── ConnectionFailedError             the gateway, or the peers it needs, cannot be reached
"""

import re
from dataclasses import dataclass

import grpc

from weftwork.errors import (
    ConnectionFailedError,
    DeadlineError,
    NotFoundError,
    RefusedError,
    WeftworkError,
)

__all__ = [
    "BudgetExceeded",
    "CommitError",
    "CommitStatusError",
    "ContractError",
    "EndorseError",
    "EvaluateError",
    "EventsError",
    "GatewayError",
    "NotFound",
    "PeerDetail",
    "Refused",
    "SubmitError",
    "Unresolved",
]

_EXIT_CODES = {
    grpc.StatusCode.UNAVAILABLE: ConnectionFailedError.exit_code,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineError.exit_code,
}

# The request itself is wrong, or not allowed: sent again it fails again.
_LASTING = frozenset(
    {
        None,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)

# The Gateway itself turned the transaction away, or an orderer refused it.
_TURNED_AWAY = _LASTING | {grpc.StatusCode.ABORTED, grpc.StatusCode.RESOURCE_EXHAUSTED}

# An orderer's own refusal, which every other honest orderer repeats. With BFT orderers the Gateway
# reports as many as prevent a quorum, more than can be lying. BAD_REQUEST and NOT_FOUND are none:
# an orderer that has not joined the channel says so where the others take the transaction.
_REFUSAL = re.compile(r"status=(FORBIDDEN|REQUEST_ENTITY_TOO_LARGE)\b")

_PROCESSED = "request already processed"


@dataclass(frozen=True)
class PeerDetail:
    """What one peer or orderer said."""

    address: str
    msp_id: str
    message: str

    def __str__(self) -> str:
        return f"{self.address} ({self.msp_id}): {self.message}"


@dataclass(frozen=True)
class ContractError:
    """The contract's own refusal: `CODE: text`; `code` is empty where the contract gave none."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}" if self.code else self.text


class GatewayError(WeftworkError):
    """A call of the Gateway failed.

    `message` is the gateway's, `status` the gRPC status (None where the call itself went well),
    `details` what each peer said, `contract_error` the contract's words, if the contract refused.
    """

    stage = "call"
    exit_code = RefusedError.exit_code

    def __init__(
        self,
        message: str,
        *,
        transaction_id: str = "",
        status: grpc.StatusCode | None = None,
        details: tuple[PeerDetail, ...] = (),
        contract_error: ContractError | None = None,
    ) -> None:
        super().__init__(_one_line(self.stage, message, transaction_id, details, contract_error))
        self.message = message
        self.transaction_id = transaction_id
        self.status = status
        self.details = details
        self.contract_error = contract_error
        if status in _EXIT_CODES:
            self.exit_code = _EXIT_CODES[status]

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status not in _LASTING


class EvaluateError(GatewayError):
    """A query failed."""

    stage = "evaluate"


class EndorseError(GatewayError):
    """The proposal was not endorsed as the policy asks; nothing was submitted."""

    stage = "endorse"


class SubmitError(GatewayError):
    """The orderers did not confirm the transaction; ask its commit status before repeating it."""

    stage = "submit"

    @property
    def unresolved(self) -> bool:
        """Whether the orderers may have the transaction all the same."""
        refused = bool(self.details) and all(_REFUSAL.search(d.message) for d in self.details)
        return self.status not in _TURNED_AWAY and not refused

    @property
    def ordered(self) -> bool:
        """Whether an orderer says that it has the transaction in a block already.

        A BFT orderer says so when the others were quicker to decide than the Gateway was to send
        it the transaction; the Gateway (Fabric 3.1) takes that for a failure.
        """
        return any(_PROCESSED in detail.message for detail in self.details)


class CommitStatusError(GatewayError):
    """The outcome of a submitted transaction is not known (yet); it can be asked for again."""

    stage = "commit status"


class CommitError(GatewayError):
    """The transaction is in block `block_number` and invalid; `code` is Fabric's validation code.

    `code` is a name of the enumeration TxValidationCode, e.g. `MVCC_READ_CONFLICT`.
    """

    stage = "commit"

    def __init__(self, transaction_id: str, code: str, block_number: int) -> None:
        message = f"found invalid in block {block_number}: {code}"
        super().__init__(message, transaction_id=transaction_id)
        self.code = code
        self.block_number = block_number


class EventsError(GatewayError):
    """A stream of events could not start, or broke; resume it from the checkpoint."""

    stage = "events"


class Refused(RefusedError):  # noqa: N818  said in the contract's own words: the ledger refused
    """The ledger refused a call; `code` is the contract's, or a validation code."""

    def __init__(self, text: str, code: str, transaction_id: str = "") -> None:
        super().__init__(f"{code}: {text}" if code else text, code)
        self.text = text
        self.transaction_id = transaction_id


class BudgetExceeded(Refused):
    """An update has spent more privacy than its provider granted when it joined."""


class NotFound(NotFoundError):  # noqa: N818  as above
    """The ledger knows no such thing; `code` is always NOT_FOUND."""

    code = "NOT_FOUND"

    def __init__(self, text: str, transaction_id: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.transaction_id = transaction_id


class Unresolved(DeadlineError):  # noqa: N818  as above
    """A transaction was submitted and may commit yet; its id is `transaction_id`."""

    def __init__(self, transaction_id: str, reason: str) -> None:
        super().__init__(f"transaction {transaction_id} may or may not have committed: {reason}")
        self.transaction_id = transaction_id


def _one_line(
    stage: str,
    message: str,
    transaction_id: str,
    details: tuple[PeerDetail, ...],
    contract_error: ContractError | None,
) -> str:
    said = str(contract_error) if contract_error else message
    peers = "" if contract_error else "".join(f"; {detail}" for detail in details)
    suffix = f" [transaction {transaction_id}]" if transaction_id else ""
    return " ".join(f"{stage}: {said}{peers}{suffix}".split())
