"""What a program sees of a failed call: one of the errors of `weftwork.errors`."""

import grpc

from weftwork.errors import ConnectionFailedError, DeadlineError, WeftworkError
from weftwork.ledger.errors import (
    BudgetExceeded,
    CommitError,
    CommitStatusError,
    ContractError,
    EndorseError,
    GatewayError,
    NotFound,
    Refused,
    SubmitError,
    Unresolved,
)

__all__ = ["CONFLICTS", "is_conflict", "translate"]

CONFLICTS = frozenset({"MVCC_READ_CONFLICT", "PHANTOM_READ_CONFLICT"})
_MISMATCH = "ProposalResponsePayloads do not match"

# What a peer says to an identity that it does not accept (any more).
_DENIED = "access denied"

# No word of a contract, and one of these: the gateway, or the peers that it needs, are not there.
_UNREACHABLE = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.ABORTED,
)


def is_conflict(error: BaseException) -> bool:
    """Whether a new proposal of the same call may succeed, and the old one certainly did nothing.

    That is so where the validation found that another transaction had changed what this one read,
    and where peers disagree because some of them have not committed the newest block yet.
    """
    if isinstance(error, CommitError):
        return error.code in CONFLICTS
    return isinstance(error, EndorseError) and _disagreement(error)


def _disagreement(error: EndorseError) -> bool:
    return any(_MISMATCH in detail.message for detail in error.details) or (
        # The first endorser agreed (else the gateway says "failed to endorse"), another refused.
        "enough transaction endorsements" in error.message and error.contract_error is not None
    )


def translate(error: GatewayError) -> WeftworkError:
    """The error of the tree in `weftwork.errors` that says what `error` means to a caller."""
    if error.contract_error is not None:
        return _refusal(error.contract_error, error.transaction_id)
    if isinstance(error, CommitError):
        return Refused(str(error), error.code, error.transaction_id)
    if isinstance(error, SubmitError) and not error.unresolved:
        return Refused(str(error), "NOT_ORDERED", error.transaction_id)
    if isinstance(error, SubmitError | CommitStatusError):
        return Unresolved(error.transaction_id, str(error))
    if _DENIED in str(error):
        return Refused(str(error), "ACCESS_DENIED", error.transaction_id)
    if error.status is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeadlineError(str(error))
    if error.status in _UNREACHABLE and not is_conflict(error):
        return ConnectionFailedError(str(error))
    return error


def _refusal(contract_error: ContractError, transaction_id: str) -> WeftworkError:
    if contract_error.code == NotFound.code:
        return NotFound(contract_error.text, transaction_id)
    kind = BudgetExceeded if contract_error.code == "BUDGET_EXCEEDED" else Refused
    return kind(contract_error.text, contract_error.code, transaction_id)
