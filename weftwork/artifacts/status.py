"""Errors of the tree as gRPC statuses, and back. A detail reads `CODE: text`, as on the ledger."""

import grpc

from weftwork.errors import (
    ConnectionFailedError,
    DeadlineError,
    EnvironmentFaultError,
    IntegrityError,
    NotFoundError,
    RefusedError,
    WeftworkError,
)

# Rules that the transfer itself enforces; a policy adds its own.
INVALID_REQUEST = "INVALID_REQUEST"
NOT_ENTITLED = "NOT_ENTITLED"
TOO_LARGE = "TOO_LARGE"
NO_ROOM = "NO_ROOM"

_REFUSALS = {
    INVALID_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
    TOO_LARGE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    NO_ROOM: grpc.StatusCode.RESOURCE_EXHAUSTED,
}
_STATUSES: dict[type[WeftworkError], grpc.StatusCode] = {
    NotFoundError: grpc.StatusCode.NOT_FOUND,
    IntegrityError: grpc.StatusCode.DATA_LOSS,
    DeadlineError: grpc.StatusCode.DEADLINE_EXCEEDED,
    ConnectionFailedError: grpc.StatusCode.UNAVAILABLE,
}
_ERRORS: dict[grpc.StatusCode, type[WeftworkError]] = {
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.DATA_LOSS: IntegrityError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineError,
}
_REFUSED = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNIMPLEMENTED,
}


def status_of(error: WeftworkError) -> tuple[grpc.StatusCode, str]:
    """The status that tells a peer of `error`; what concerns this machine alone stays here."""
    if isinstance(error, RefusedError):
        code = error.code or NOT_ENTITLED
        return _REFUSALS.get(code, grpc.StatusCode.PERMISSION_DENIED), f"{code}: {error}"
    if isinstance(error, EnvironmentFaultError):
        return grpc.StatusCode.RESOURCE_EXHAUSTED, f"{NO_ROOM}: the node cannot store it"
    for kind, status in _STATUSES.items():
        if isinstance(error, kind):
            return status, str(error)
    return grpc.StatusCode.INTERNAL, "the node failed; its log says why"


def error_of(status: grpc.StatusCode, details: str, where: str) -> WeftworkError:
    """The error for a status that `where` answered with."""
    if status in _REFUSED:
        code, separator, text = details.partition(": ")
        if not separator or not code.isupper():
            code, text = status.name, details
        return RefusedError(f"{code}: {where} refused: {text}", code)
    if status in _ERRORS:
        return _ERRORS[status](f"{where}: {details}")
    return ConnectionFailedError(f"{where}: {details or status.name}")
