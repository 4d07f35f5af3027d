"""The calls of Fabric's Gateway and Deliver services, one a method, each with its deadline."""

import re
from collections.abc import AsyncIterator
from functools import cached_property
from typing import Any, TypeVar

import grpc.aio
from fabric_protos.gateway import gateway_pb2, gateway_pb2_grpc
from fabric_protos.peer import events_pb2_grpc

from weftwork.ledger.channel import TlsOptions, open_channel
from weftwork.ledger.deadlines import Deadlines
from weftwork.ledger.errors import (
    CommitStatusError,
    EndorseError,
    EvaluateError,
    GatewayError,
    SubmitError,
)
from weftwork.ledger.rpc_errors import from_rpc_error

__all__ = ["GatewayClient"]

E = TypeVar("E", bound=GatewayError)

# The peer's watch of a deadline may run ahead of ours by so many seconds.
_TOGETHER = 0.1

_ENDPOINT = re.compile(r"[^\s:/]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")


class GatewayClient:
    """The services of one gateway peer. The connection is made by the first call.

    A `deadline` is in seconds; None takes the stage's own from `Deadlines`.
    """

    def __init__(self, endpoint: str, tls: TlsOptions, deadlines: Deadlines) -> None:
        if not _ENDPOINT.fullmatch(endpoint):
            raise ValueError(f"{endpoint!r} is no endpoint; write host:port")
        self.endpoint = endpoint
        self._tls = tls
        self.deadlines = deadlines
        self._channel: grpc.aio.Channel | None = None

    @property
    def tls_certificate_hash(self) -> bytes:
        """What a Deliver request names, so that nobody can replay it over another connection."""
        return self._tls.certificate_hash

    async def close(self) -> None:
        """End the connection; calls in flight are cancelled."""
        if self._channel is not None:
            await self._channel.close(grace=None)

    async def evaluate(self, request: Any, deadline: float | None) -> Any:
        """`EvaluateResponse`; raise `EvaluateError`."""
        call = self._gateway.Evaluate(request, timeout=_first(deadline, self.deadlines.evaluate))
        return await self._answer(call, EvaluateError, request.transaction_id)

    async def endorse(self, request: Any, deadline: float | None) -> Any:
        """`EndorseResponse`; raise `EndorseError`."""
        call = self._gateway.Endorse(request, timeout=_first(deadline, self.deadlines.endorse))
        return await self._answer(call, EndorseError, request.transaction_id)

    async def submit(self, request: Any, deadline: float | None) -> None:
        """Return once the orderers have the transaction; raise `SubmitError`."""
        call = self._gateway.Submit(request, timeout=_first(deadline, self.deadlines.submit))
        await self._answer(call, SubmitError, request.transaction_id)

    async def commit_status(self, request: Any, deadline: float | None) -> Any:
        """`CommitStatusResponse`, once the transaction is in a block; raise `CommitStatusError`."""
        inner = gateway_pb2.CommitStatusRequest.FromString(request.request)
        seconds = _first(deadline, self.deadlines.commit_status)
        call = self._gateway.CommitStatus(request, timeout=seconds)
        return await self._answer(call, CommitStatusError, inner.transaction_id)

    def chaincode_events(self, request: Any) -> Any:
        """A running stream of `ChaincodeEventsResponse`."""
        return self._gateway.ChaincodeEvents(request)

    def deliver(self, envelope: Any) -> Any:
        """A running stream of `DeliverResponse` with whole blocks."""
        return self._deliver.Deliver(_only(envelope))

    def deliver_filtered(self, envelope: Any) -> Any:
        """A running stream of `DeliverResponse` with filtered blocks."""
        return self._deliver.DeliverFiltered(_only(envelope))

    def deliver_with_private_data(self, envelope: Any) -> Any:
        """A running stream of `DeliverResponse` with blocks and private data."""
        return self._deliver.DeliverWithPrivateData(_only(envelope))

    async def _answer(self, call: Any, kind: type[E], transaction_id: str) -> Any:
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            late = call.time_remaining() < _TOGETHER
            raise from_rpc_error(kind, error, transaction_id, self.endpoint, late=late) from error

    @cached_property
    def _gateway(self) -> Any:
        return gateway_pb2_grpc.GatewayStub(self._open())

    @cached_property
    def _deliver(self) -> Any:
        return events_pb2_grpc.DeliverStub(self._open())

    def _open(self) -> grpc.aio.Channel:
        if self._channel is None:
            self._channel = open_channel(self.endpoint, self._tls)
        return self._channel


def _first(deadline: float | None, default: float) -> float:
    return default if deadline is None else deadline


async def _only(envelope: Any) -> AsyncIterator[Any]:
    yield envelope
