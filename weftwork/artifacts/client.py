"""The client's side of a transfer."""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

import grpc
import grpc.aio

from weftwork.artifacts.channel import OPTIONS, Host, credentials_for
from weftwork.artifacts.header import Header, header_to_wire
from weftwork.artifacts.limits import CHUNK_BYTES, Limits
from weftwork.artifacts.peer import Trust
from weftwork.artifacts.status import TOO_LARGE, error_of
from weftwork.artifacts.store import Store, disk_faults
from weftwork.config import Connection
from weftwork.errors import DeadlineError, IntegrityError, RefusedError
from weftwork.ledger.records import Artifact
from weftwork.wire.artifacts.v1 import artifacts_pb2 as wire
from weftwork.wire.artifacts.v1 import artifacts_pb2_grpc

if TYPE_CHECKING:
    Pushing = grpc.CallFuture[wire.PushResponse]
    Fetching = grpc.aio.UnaryStreamCall[wire.FetchRequest, wire.FetchResponse]
    from weftwork.wire.artifacts.v1.artifacts_pb2_grpc import ArtifactServiceAsyncStub


class ArtifactClient:
    """Gives and takes artifacts as the identity of `connection`.

    Every call raises `ConnectionFailedError` (away, somebody else, cut in the middle),
    `DeadlineError`, `RefusedError` with the rule's code, or `IntegrityError`; in each case nothing
    half-written is left on either side, and the call may be repeated.
    """

    def __init__(self, connection: Connection, limits: Limits | None = None) -> None:
        self._identity = connection.tls
        self._trust = Trust(connection.trust)
        self._limits = limits or Limits()

    async def push(
        self, host: Host, header: Header, source: Path, *, seconds: float = float("inf")
    ) -> bool:
        """Give `host` the file `source`; return whether it did not have it yet.

        Takes no longer than the limits say for its size, nor than `seconds`. Raises
        `IntegrityError` if the file is not what the header says.
        """
        await asyncio.to_thread(_check, source, header.artifact)
        credentials = await self._credentials(host)
        # Not gRPC's asyncio interface: there, a server that answers while we still write loses its
        # status, and with it the reason of a refusal, to an "internal error".
        with grpc.secure_channel(host.endpoint, credentials, OPTIONS) as channel:
            stub = artifacts_pb2_grpc.ArtifactServiceStub(channel)
            call = stub.Push.future(
                _parts(header, source), timeout=min(self._patience(header.artifact), seconds)
            )
            response = await _answer(call, host)
        return not response.already_stored

    async def fetch(self, host: Host, task: str, artifact: Artifact, store: Store) -> Path:
        """Take `artifact` from `host` by right of `task` into `store`; return its path there."""
        if store.has(artifact.digest):
            return store.path(artifact.digest)
        if artifact.size > self._limits.artifact_bytes:
            raise RefusedError(
                f"artifact {artifact.digest}: {artifact.size} bytes; this node takes"
                f" {self._limits.artifact_bytes}",
                TOO_LARGE,
            )
        credentials = await self._credentials(host)
        async with grpc.aio.secure_channel(host.endpoint, credentials, OPTIONS) as channel:
            stub = cast("ArtifactServiceAsyncStub", artifacts_pb2_grpc.ArtifactServiceStub(channel))
            request = wire.FetchRequest(task=task, digest=artifact.digest)
            call = stub.Fetch(request, timeout=self._patience(artifact))
            try:
                await self._read_all(call, artifact, store)
            except grpc.aio.AioRpcError as error:
                raise error_of(error.code(), error.details() or "", _where(host)) from error
        return store.path(artifact.digest)

    async def reach(self, host: Host) -> None:
        """Shake hands with `host`, and no more.

        Raises `ConnectionFailedError` or `DeadlineError` where it is away or does not answer.
        """
        await self._credentials(host)

    def _patience(self, artifact: Artifact) -> float:
        size = artifact.size
        return self._limits.first_seconds(size) + self._limits.transfer_seconds(size)

    async def _credentials(self, host: Host) -> grpc.ChannelCredentials:
        return await credentials_for(host, self._trust, self._identity, self._limits)

    async def _read_all(self, call: "Fetching", artifact: Artifact, store: Store) -> None:
        """Read chunks into `store` until the server ends the call with success."""
        first = await self._next(call, self._limits.first_seconds(artifact.size))
        if first is None or first.size != artifact.size:
            raise IntegrityError(f"artifact {artifact.digest}: offered with another size")
        with store.receive(artifact) as incoming:
            idle = self._limits.idle_seconds
            while (response := await self._next(call, idle)) is not None:
                await asyncio.to_thread(incoming.write, response.chunk)
            await asyncio.to_thread(incoming.commit)

    async def _next(self, call: "Fetching", seconds: float) -> wire.FetchResponse | None:
        try:
            async with asyncio.timeout(seconds):
                response = await call.read()
        except TimeoutError as error:
            raise DeadlineError(f"no chunk within {seconds:g} s") from error
        return response if isinstance(response, wire.FetchResponse) else None


async def _answer(call: "Pushing", host: Host) -> wire.PushResponse:
    """The call's response once it is there; cancels the call when the wait is cancelled."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def notify(_: object) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            loop.call_soon_threadsafe(done.set)

    call.add_done_callback(notify)
    try:
        await done.wait()
    finally:
        call.cancel()  # type: ignore[no-untyped-call] # its stub lacks the return type
    if call.code() is not grpc.StatusCode.OK:
        raise error_of(call.code(), call.details() or "", _where(host))
    return call.result()


def _parts(header: Header, source: Path) -> Iterator[wire.PushRequest]:
    yield wire.PushRequest(header=header_to_wire(header))
    with source.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield wire.PushRequest(chunk=chunk)


def _where(host: Host) -> str:
    return f"{host.common_name} at {host.endpoint}"


def _check(source: Path, artifact: Artifact) -> None:
    with disk_faults(source), source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    if (digest, size) != (artifact.digest, artifact.size):
        raise IntegrityError(
            f"{source}: {size} bytes with digest {digest}; expected {artifact.size} bytes with"
            f" digest {artifact.digest}"
        )
