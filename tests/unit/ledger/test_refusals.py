import grpc
import pytest

from tests.unit.ledger.rpc import rpc_error
from weftwork.errors import (
    ConnectionFailedError,
    DeadlineError,
    RefusedError,
    WeftworkError,
)
from weftwork.ledger.errors import (
    BudgetExceeded,
    CommitError,
    CommitStatusError,
    EndorseError,
    EvaluateError,
    GatewayError,
    NotFound,
    PeerDetail,
    Refused,
    SubmitError,
    Unresolved,
)
from weftwork.ledger.refusals import is_conflict, translate
from weftwork.ledger.rpc_errors import from_rpc_error

STATUS = grpc.StatusCode
UNREACHABLE = ConnectionFailedError


def endorse_error(message: str, *said: str) -> EndorseError:
    details = [PeerDetail("localhost:1", "OrgMSP", text) for text in said]
    return from_rpc_error(EndorseError, rpc_error(STATUS.ABORTED, message, *details), "abc")


FIRST = "failed to endorse transaction, see attached details for more info"
ENOUGH = "failed to collect enough transaction endorsements, see attached details for more info"
REFUSAL = "chaincode response 500, ALREADY_EXISTS: task x"


def test_a_refusal_by_the_contract() -> None:
    refused = translate(endorse_error(FIRST, REFUSAL))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.text, refused.transaction_id) == (
        "ALREADY_EXISTS",
        "task x",
        "abc",
    )
    assert str(refused) == "ALREADY_EXISTS: task x"


def test_more_privacy_is_spent_than_was_granted() -> None:
    said = "round 2 of task x: epsilon_micro 2 is spent, the budget is 1"
    refused = translate(endorse_error(FIRST, f"chaincode response 500, BUDGET_EXCEEDED: {said}"))
    assert isinstance(refused, BudgetExceeded)
    assert (refused.code, refused.text, refused.exit_code) == ("BUDGET_EXCEEDED", said, 5)


def test_what_the_contract_does_not_know() -> None:
    assert isinstance(
        translate(endorse_error(FIRST, "chaincode response 500, NOT_FOUND: no task x")), NotFound
    )


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CommitError("abc", "ENDORSEMENT_POLICY_FAILURE", 3), RefusedError),
        (CommitStatusError("x", transaction_id="abc", status=STATUS.UNAVAILABLE), Unresolved),
        (SubmitError("x", transaction_id="abc", status=STATUS.DEADLINE_EXCEEDED), Unresolved),
        (SubmitError("x", transaction_id="abc", status=STATUS.ABORTED), Refused),
        (EvaluateError("x", status=STATUS.UNAVAILABLE), ConnectionFailedError),
        (EndorseError("x", status=STATUS.DEADLINE_EXCEEDED), DeadlineError),
        (EvaluateError("x", status=STATUS.INTERNAL), EvaluateError),
        (EvaluateError("no peers available", status=STATUS.FAILED_PRECONDITION), UNREACHABLE),
        (endorse_error(ENOUGH, "connection refused"), UNREACHABLE),
        (endorse_error(FIRST, "error validating proposal: access denied"), RefusedError),
        (endorse_error(ENOUGH, "ProposalResponsePayloads do not match"), EndorseError),
    ],
)
def test_what_a_caller_sees(error: GatewayError, kind: type[WeftworkError]) -> None:
    assert isinstance(translate(error), kind)


@pytest.mark.parametrize(
    ("error", "conflict"),
    [
        (CommitError("abc", "MVCC_READ_CONFLICT", 3), True),
        (CommitError("abc", "PHANTOM_READ_CONFLICT", 3), True),
        (CommitError("abc", "ENDORSEMENT_POLICY_FAILURE", 3), False),
        (endorse_error(ENOUGH, "ProposalResponsePayloads do not match"), True),
        (endorse_error(ENOUGH, REFUSAL), True),
        (endorse_error(FIRST, REFUSAL), False),
        (SubmitError("x", status=STATUS.DEADLINE_EXCEEDED), False),
        (CommitStatusError("x", status=STATUS.DEADLINE_EXCEEDED), False),
    ],
)
def test_what_may_be_proposed_again(error: GatewayError, conflict: bool) -> None:
    assert is_conflict(error) is conflict
