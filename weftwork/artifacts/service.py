"""The server's side of a transfer: who may, how much, how long, and is it what it says it is."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

import grpc
import grpc.aio

from weftwork.artifacts.header import Header, header_from_wire
from weftwork.artifacts.limits import CHUNK_BYTES, Limits
from weftwork.artifacts.peer import Peer, Trust
from weftwork.artifacts.status import INVALID_REQUEST, NOT_ENTITLED, TOO_LARGE, status_of
from weftwork.artifacts.store import Store, is_digest
from weftwork.errors import DeadlineError, RefusedError, WeftworkError
from weftwork.ledger.records import Artifact
from weftwork.wire.artifacts.v1 import artifacts_pb2 as wire
from weftwork.wire.artifacts.v1 import artifacts_pb2_grpc

_log = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]
Pushed = AsyncIterator[wire.PushRequest]


class Policy(Protocol):
    """Decides who may do what. Only True allows; a `RefusedError` refuses and names the rule."""

    async def may_push(self, peer: Peer, header: Header) -> bool:
        """Whether `peer` may give us this artifact."""

    async def may_fetch(self, peer: Peer, task: str, digest: str) -> bool:
        """Whether `peer` may have this artifact by right of `task`."""


class ArtifactService(artifacts_pb2_grpc.ArtifactServiceServicer):
    """Serves `store` to the members of the organisations in `trust`, as `policy` allows."""

    def __init__(
        self, store: Store, policy: Policy, trust: Trust, limits: Limits | None = None
    ) -> None:
        self._store = store
        self._policy = policy
        self._trust = trust
        self._limits = limits or Limits()
        self._turns = asyncio.Semaphore(self._limits.transfers)
        self._turns_of: defaultdict[Peer, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(self._limits.transfers_of_one)
        )

    async def Push(self, requests: Pushed, context: Context) -> wire.PushResponse:  # noqa: N802
        """Take an artifact; see the .proto file for the errors."""
        async with self._answering(context, "push") as peer:
            header = await self._header(requests)
            await _allowed(self._policy.may_push(peer, header), peer)
            if self._store.has(header.artifact.digest):
                return wire.PushResponse(already_stored=True)
            async with self._turn(peer, header.artifact.size):
                await self._receive(requests, header)
            _log.info("stored %s of %s from %s", header.artifact.digest, header.task, peer)
        return wire.PushResponse()

    # The generated types know the generator's style only; ours can time each write.
    async def Fetch(  # type: ignore[override] # noqa: N802
        self, request: wire.FetchRequest, context: Context
    ) -> None:
        """Give an artifact; see the .proto file for the errors."""
        async with self._answering(context, "fetch") as peer:
            if not is_digest(request.digest):
                raise RefusedError("digest: 64 lowercase hexadecimal digits", INVALID_REQUEST)
            await _allowed(self._policy.may_fetch(peer, request.task, request.digest), peer)
            artifact = self._store.get(request.digest)
            async with self._turn(peer, artifact.size):
                await self._send(artifact, context)

    @asynccontextmanager
    async def _answering(self, context: Context, call: str) -> AsyncIterator[Peer]:
        """Name the caller, and answer an error with its status."""
        try:
            yield self._peer(context)
        except TimeoutError:
            slow = DeadlineError("the transfer was too slow")
            await context.abort(*status_of(slow))
        except WeftworkError as error:
            _log.info("%s by %s: %s", call, context.peer(), error)
            await context.abort(*status_of(error))

    @asynccontextmanager
    async def _turn(self, peer: Peer, size: int) -> AsyncIterator[None]:
        """Wait for one of the transfers at once, and limit its time; `TimeoutError` for both."""
        async with AsyncExitStack() as turn:
            async with asyncio.timeout(self._limits.turn_seconds):
                await turn.enter_async_context(self._turns_of[peer])
                await turn.enter_async_context(self._turns)
            async with asyncio.timeout(self._limits.transfer_seconds(size)):
                yield

    def _peer(self, context: Context) -> Peer:
        return self._trust.identify(next(iter(context.auth_context()["x509_pem_cert"])))

    async def _header(self, requests: Pushed) -> Header:
        first = await self._next(requests)
        if first is None or first.WhichOneof("part") != "header":
            raise RefusedError("a push begins with a header", INVALID_REQUEST)
        try:
            header = header_from_wire(first.header)
        except ValueError as error:
            raise RefusedError(str(error), INVALID_REQUEST) from error
        if header.artifact.size > self._limits.artifact_bytes:
            raise RefusedError(
                f"{header.artifact.size} bytes; this node takes {self._limits.artifact_bytes}",
                TOO_LARGE,
            )
        return header

    async def _receive(self, requests: Pushed, header: Header) -> None:
        with self._store.receive(header.artifact) as incoming:
            while (request := await self._next(requests)) is not None:
                if not 0 < len(request.chunk) <= CHUNK_BYTES:
                    raise RefusedError(f"a chunk has 1 to {CHUNK_BYTES} bytes", INVALID_REQUEST)
                await asyncio.to_thread(incoming.write, request.chunk)
            await asyncio.to_thread(incoming.commit)

    async def _send(self, artifact: Artifact, context: Context) -> None:
        await asyncio.to_thread(self._store.verify, artifact.digest)
        with self._store.open(artifact.digest) as file:
            await self._write(context, wire.FetchResponse(size=artifact.size))
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                await self._write(context, wire.FetchResponse(chunk=chunk))

    async def _next(self, requests: Pushed) -> wire.PushRequest | None:
        async with asyncio.timeout(self._limits.idle_seconds):
            return await anext(requests, None)

    async def _write(self, context: Context, response: wire.FetchResponse) -> None:
        async with asyncio.timeout(self._limits.idle_seconds):
            await context.write(response)


async def _allowed(decision: Awaitable[bool], peer: Peer) -> None:
    if await decision is not True:
        raise RefusedError(f"{peer} is not entitled to this", NOT_ENTITLED)
