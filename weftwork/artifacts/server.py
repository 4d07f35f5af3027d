"""A gRPC server that speaks to members of the consortium only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import grpc.aio

from weftwork.artifacts.channel import KEEPALIVE, split_endpoint
from weftwork.artifacts.limits import MESSAGE_BYTES, Limits
from weftwork.artifacts.peer import Trust
from weftwork.artifacts.service import ArtifactService
from weftwork.config import KeyPair
from weftwork.errors import ConfigError, EnvironmentFaultError
from weftwork.wire.artifacts.v1 import artifacts_pb2_grpc

# A node must be able to end within five seconds, its workers and its ledger included.
_GRACE_SECONDS = 2


@asynccontextmanager
async def bound(
    listen: str,
    tls: KeyPair,
    trust: Trust,
    service: ArtifactService,
    limits: Limits | None = None,
) -> AsyncIterator[tuple[grpc.aio.Server, int]]:
    """Hold `listen` (host:port, port 0 for a free one) while the context lasts.

    Yields the server, which answers from its `start` on, and the port. Only clients with a
    certificate from an organisation in `trust` get through the TLS handshake. Calls in flight have
    two seconds to end. Raises `EnvironmentFaultError` if the port is taken.
    """
    limits = limits or Limits()
    server = grpc.aio.server(options=_options(), maximum_concurrent_rpcs=limits.calls)
    artifacts_pb2_grpc.add_ArtifactServiceServicer_to_server(service, server)
    port = _bind(server, listen, _credentials(tls, trust))
    try:
        yield server, port
    finally:
        await server.stop(_GRACE_SECONDS)


@asynccontextmanager
async def serve(
    listen: str,
    tls: KeyPair,
    trust: Trust,
    service: ArtifactService,
    limits: Limits | None = None,
) -> AsyncIterator[int]:
    """Answer on `listen` while the context lasts; yields the port. The rest is as in `bound`."""
    async with bound(listen, tls, trust, service, limits) as (server, port):
        await server.start()
        yield port


def _options() -> tuple[tuple[str, int], ...]:
    return (
        *KEEPALIVE,
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_metadata_size", 16 << 10),
        ("grpc.so_reuseport", 0),  # a second server on the port is a mistake, not a helper
    )


def _credentials(tls: KeyPair, trust: Trust) -> grpc.ServerCredentials:
    try:
        pair = (tls.key.read_bytes(), tls.certificate.read_bytes())
    except OSError as error:
        raise ConfigError(f"{error.filename}: cannot be read: {error.strerror}") from error
    return grpc.ssl_server_credentials([pair], trust.bundle(), require_client_auth=True)


def _bind(server: grpc.aio.Server, listen: str, credentials: grpc.ServerCredentials) -> int:
    split_endpoint(listen)
    try:
        return server.add_secure_port(listen, credentials)
    except RuntimeError as error:
        raise EnvironmentFaultError(
            f"{listen}: cannot listen there; is the port in use, or the address another machine's?"
        ) from error
