import grpc
import pytest

from weftwork.errors import WeftworkError
from weftwork.ledger import errors

STATUS = grpc.StatusCode


@pytest.mark.parametrize(
    ("status", "exit_code"),
    [
        (STATUS.UNAVAILABLE, 4),
        (STATUS.DEADLINE_EXCEEDED, 8),
        (STATUS.ABORTED, 5),
        (None, 5),
    ],
)
def test_exit_codes_follow_the_status(status: STATUS | None, exit_code: int) -> None:
    assert errors.EndorseError("x", status=status).exit_code == exit_code


@pytest.mark.parametrize(
    ("status", "unresolved"),
    [
        (STATUS.DEADLINE_EXCEEDED, True),
        (STATUS.UNAVAILABLE, True),
        (STATUS.UNKNOWN, True),
        (STATUS.ABORTED, False),
        (STATUS.FAILED_PRECONDITION, False),
        (STATUS.RESOURCE_EXHAUSTED, False),
    ],
)
def test_which_submissions_may_have_arrived(status: STATUS, unresolved: bool) -> None:
    assert errors.SubmitError("x", status=status).unresolved is unresolved


@pytest.mark.parametrize(
    ("said", "unresolved"),
    [
        (["status=FORBIDDEN, info=no"], False),
        (["status=REQUEST_ENTITY_TOO_LARGE, info=1 > 0", "status=FORBIDDEN"], False),
        (["status=BAD_REQUEST, info=channel does not exist"], True),
        (["status=NOT_FOUND", "status=FORBIDDEN"], True),
        (["status=FORBIDDEN", "connection refused"], True),
        (["status=SERVICE_UNAVAILABLE"], True),
        ([], True),
    ],
)
def test_what_the_orderers_refuse_is_settled(said: list[str], unresolved: bool) -> None:
    details = tuple(errors.PeerDetail("orderer:1", "OrgMSP", text) for text in said)
    error = errors.SubmitError("no quorum", status=STATUS.UNAVAILABLE, details=details)
    assert error.unresolved is unresolved


def test_an_orderer_that_was_asked_late_confirms_the_order() -> None:
    info = "info=failed to submit request: request already processed"
    late = errors.PeerDetail("orderer:1", "OrgMSP", f"status=SERVICE_UNAVAILABLE, {info}")
    busy = errors.PeerDetail("orderer:2", "OrgMSP", "status=SERVICE_UNAVAILABLE, info=no leader")
    assert errors.SubmitError("no quorum", status=STATUS.UNAVAILABLE, details=(busy, late)).ordered
    assert not errors.SubmitError("no quorum", status=STATUS.UNAVAILABLE, details=(busy,)).ordered


def test_a_commit_error_names_code_and_block() -> None:
    error = errors.CommitError("abc", "MVCC_READ_CONFLICT", 7)
    assert (error.code, error.block_number, error.transaction_id) == (
        "MVCC_READ_CONFLICT",
        7,
        "abc",
    )
    assert str(error) == "commit: found invalid in block 7: MVCC_READ_CONFLICT [transaction abc]"


def test_every_class_is_in_the_drawn_tree() -> None:
    drawn = errors.__doc__ or ""
    for name in errors.__all__:
        kind = getattr(errors, name)
        if issubclass(kind, WeftworkError):
            assert name in drawn
