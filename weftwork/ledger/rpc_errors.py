"""From a failed gRPC call to the error of its stage: peers' details and the contract's words."""

import re
from typing import Any, TypeVar

import grpc
import grpc.aio
from fabric_protos.gateway import gateway_pb2
from google.protobuf.message import DecodeError
from google.rpc import status_pb2

from weftwork.ledger.errors import ContractError, GatewayError, PeerDetail
from weftwork.ledger.unreachable import explain

__all__ = ["contract_error_in", "from_rpc_error"]

E = TypeVar("E", bound=GatewayError)

_STATUS_DETAILS = "grpc-status-details-bin"
_CHAINCODE_RESPONSE = re.compile(r"chaincode response \d+, (.*)", re.DOTALL)
_CODED = re.compile(r"([A-Z][A-Z0-9_]*): (.*)", re.DOTALL)


def from_rpc_error(
    kind: type[E],
    error: grpc.aio.AioRpcError,
    transaction_id: str = "",
    endpoint: str = "",
    *,
    late: bool = False,
) -> E:
    """The `kind` of error that `error` is, with what the peers and the contract said.

    `late` says that the call's deadline has passed. The peer watches it too, and cancels: whether
    its CANCELLED or our own DEADLINE_EXCEEDED comes first is a race, with one meaning.
    """
    details = _peer_details(error)
    status = error.code()
    message = error.details() or status.name
    if late and status is grpc.StatusCode.CANCELLED:
        status = grpc.StatusCode.DEADLINE_EXCEEDED
    if status is grpc.StatusCode.UNAVAILABLE:
        message = explain(endpoint, message)
    return kind(
        f"{status.name}: {message}",
        transaction_id=transaction_id,
        status=status,
        details=details,
        contract_error=contract_error_in(*(d.message for d in details), message),
    )


def contract_error_in(*messages: str) -> ContractError | None:
    """The contract's refusal in the first of `messages` that holds one.

    The Gateway writes it as `chaincode response STATUS, TEXT`; contracts that give their errors a
    code write TEXT as `CODE: text`.
    """
    found = (_CHAINCODE_RESPONSE.search(message) for message in messages)
    text = next((match.group(1) for match in found if match), None)
    if text is None:
        return None
    coded = _CODED.fullmatch(text)
    return ContractError(coded.group(1), coded.group(2)) if coded else ContractError("", text)


def _peer_details(error: grpc.aio.AioRpcError) -> tuple[PeerDetail, ...]:
    """The `gateway.ErrorDetail` messages in the call's status, in the order of the answer."""
    metadata: Any = error.trailing_metadata() or ()
    packed = next((value for key, value in metadata if key == _STATUS_DETAILS), b"")
    details = []
    try:
        for item in status_pb2.Status.FromString(packed).details:
            detail = gateway_pb2.ErrorDetail()
            if item.Unpack(detail):
                details.append(PeerDetail(detail.address, detail.msp_id, detail.message))
    except DecodeError:
        pass  # what cannot be read says nothing; the status itself is still reported
    return tuple(details)
