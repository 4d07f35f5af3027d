import grpc
import pytest

from tests.unit.ledger.rpc import rpc_error
from weftwork.ledger.errors import (
    CommitStatusError,
    ContractError,
    EndorseError,
    PeerDetail,
    SubmitError,
)
from weftwork.ledger.rpc_errors import contract_error_in, from_rpc_error

REFUSAL = PeerDetail("localhost:1", "OrgMSP", "chaincode response 500, NOT_FOUND: no task x")


def test_what_peers_and_contract_said() -> None:
    failed = rpc_error(grpc.StatusCode.ABORTED, "failed to endorse transaction", REFUSAL)
    error = from_rpc_error(EndorseError, failed, "abc")
    assert error.details == (REFUSAL,)
    assert error.contract_error == ContractError("NOT_FOUND", "no task x")
    assert (error.status, error.transaction_id) == (grpc.StatusCode.ABORTED, "abc")
    assert str(error) == "endorse: NOT_FOUND: no task x [transaction abc]"


def test_without_a_contract_error_the_line_names_the_peers() -> None:
    detail = PeerDetail("localhost:1", "OrgMSP", "status=FORBIDDEN")
    error = from_rpc_error(SubmitError, rpc_error(grpc.StatusCode.UNAVAILABLE, "no quorum", detail))
    assert str(error) == "submit: UNAVAILABLE: no quorum; localhost:1 (OrgMSP): status=FORBIDDEN"


def test_details_that_cannot_be_read_do_not_hide_the_error() -> None:
    failed = rpc_error(grpc.StatusCode.UNKNOWN, "odd", packed=b"\xff\xff")
    error = from_rpc_error(EndorseError, failed)
    assert error.details == ()
    assert str(error) == "endorse: UNKNOWN: odd"


@pytest.mark.parametrize(
    ("late", "status"),
    [(True, grpc.StatusCode.DEADLINE_EXCEEDED), (False, grpc.StatusCode.CANCELLED)],
)
def test_a_call_that_the_peer_cancels_when_its_time_is_up_is_late(
    late: bool, status: grpc.StatusCode
) -> None:
    cancelled = rpc_error(grpc.StatusCode.CANCELLED, "Received RST_STREAM with error code 8")
    error = from_rpc_error(CommitStatusError, cancelled, "abc", late=late)
    assert error.status is status
    assert str(error).startswith(f"commit status: {status.name}: Received RST_STREAM")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("chaincode response 500, CODE: text", ContractError("CODE", "text")),
        ("prefix: chaincode response 500, CODE: a: b", ContractError("CODE", "a: b")),
        ("chaincode response 404, plain words", ContractError("", "plain words")),
        ("chaincode response 500, Mixed: words", ContractError("", "Mixed: words")),
        ("chaincode response 500, A: two\nlines", ContractError("A", "two\nlines")),
        ("no chaincode spoke", None),
    ],
)
def test_the_contract_s_own_words(message: str, expected: ContractError | None) -> None:
    assert contract_error_in("other", message) == expected


def test_an_error_is_one_line() -> None:
    error = from_rpc_error(EndorseError, rpc_error(grpc.StatusCode.UNKNOWN, "two\n  lines"))
    assert "\n" not in str(error)
