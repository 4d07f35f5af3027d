"""The client's side of a transfer."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import grpc.aio

from weftwork.artifacts.channel import Host, channel_to
from weftwork.artifacts.header import Header, header_to_wire
from weftwork.artifacts.limits import CHUNK_BYTES, Limits
from weftwork.artifacts.peer import Trust
from weftwork.artifacts.status import TOO_LARGE, reading_status
from weftwork.artifacts.store import Store, disk_faults
from weftwork.config import Connection
from weftwork.errors import DeadlineError, IntegrityError, RefusedError
from weftwork.ledger.records import Artifact
from weftwork.wire.artifacts.v1 import artifacts_pb2 as wire
from weftwork.wire.artifacts.v1 import artifacts_pb2_grpc

if TYPE_CHECKING:
    Pushing = grpc.aio.StreamUnaryCall[wire.PushRequest, wire.PushResponse]
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

    async def push(self, host: Host, header: Header, source: Path) -> bool:
        """Give `host` the file `source`; return whether it did not have it yet.

        Raises `IntegrityError` if the file is not what the header says.
        """
        await asyncio.to_thread(_check, source, header.artifact)
        async with self._calling(host) as stub:
            # The types know the iterator's style only; with `write` a source's errors are ours.
            call = stub.Push(timeout=self._limits.transfer_seconds)  # type: ignore[call-arg]
            await self._write_all(call, header, source)
            response = await call
        return not response.already_stored

    async def fetch(self, host: Host, task: str, artifact: Artifact, store: Store) -> Path:
        """Take `artifact` from `host` by right of `task` into `store`; return its path there."""
        if not store.has(artifact.digest):
            if artifact.size > self._limits.artifact_bytes:
                raise RefusedError(
                    f"artifact {artifact.digest}: {artifact.size} bytes; this node takes"
                    f" {self._limits.artifact_bytes}",
                    TOO_LARGE,
                )
            async with self._calling(host) as stub:
                request = wire.FetchRequest(task=task, digest=artifact.digest)
                call = stub.Fetch(request, timeout=self._limits.transfer_seconds)
                await self._read_all(call, artifact, store)
        return store.path(artifact.digest)

    @asynccontextmanager
    async def _calling(self, host: Host) -> "AsyncIterator[ArtifactServiceAsyncStub]":
        async with (
            channel_to(host, self._trust, self._identity, self._limits) as channel,
            reading_status(f"{host.common_name} at {host.endpoint}"),
        ):
            yield artifacts_pb2_grpc.ArtifactServiceStub(channel)  # type: ignore[misc]

    async def _write_all(self, call: "Pushing", header: Header, source: Path) -> None:
        """Write header and chunks, until the end or until the server has answered."""
        try:
            await call.write(wire.PushRequest(header=header_to_wire(header)))
            with disk_faults(source), source.open("rb") as file:
                while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                    await call.write(wire.PushRequest(chunk=chunk))
            await call.done_writing()
        except asyncio.InvalidStateError:
            return  # it answered early; awaiting the call tells what

    async def _read_all(self, call: "Fetching", artifact: Artifact, store: Store) -> None:
        """Read chunks into `store` until the server ends the call with success."""
        first = await call.read()  # comes once it is our turn there
        if not isinstance(first, wire.FetchResponse) or first.size != artifact.size:
            raise IntegrityError(f"artifact {artifact.digest}: offered with another size")
        with store.receive(artifact) as incoming:
            while (response := await self._next(call)) is not None:
                await asyncio.to_thread(incoming.write, response.chunk)
            await asyncio.to_thread(incoming.commit)

    async def _next(self, call: "Fetching") -> wire.FetchResponse | None:
        idle = self._limits.idle_seconds
        try:
            async with asyncio.timeout(idle):
                response = await call.read()
        except TimeoutError as error:
            raise DeadlineError(f"no further chunk within {idle:g} s") from error
        return response if isinstance(response, wire.FetchResponse) else None


def _check(source: Path, artifact: Artifact) -> None:
    with disk_faults(source), source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    if (digest, size) != (artifact.digest, artifact.size):
        raise IntegrityError(
            f"{source}: {size} bytes with digest {digest}; expected {artifact.size} bytes with"
            f" digest {artifact.digest}"
        )
