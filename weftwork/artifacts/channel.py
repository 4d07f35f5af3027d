"""TLS to one expected member of an organisation.

gRPC checks a server's host name, but an organisation's CA certifies any host name that a member
asks for; only the common name is the CA's own word. gRPC does not show it to a client. So the
server's certificate is fetched first in a handshake of our own, verified and its common name
checked; then gRPC is told to trust this one certificate and nothing else.
"""

import asyncio
import ssl
from pathlib import Path
from typing import Protocol

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from weftwork.artifacts.limits import MESSAGE_BYTES, Limits
from weftwork.artifacts.peer import Trust, common_name
from weftwork.config import KeyPair
from weftwork.errors import ConfigError, ConnectionFailedError

# A peer that vanished without a word is noticed after half a minute.
KEEPALIVE = (("grpc.keepalive_time_ms", 20_000), ("grpc.keepalive_timeout_ms", 10_000))
OPTIONS = (
    *KEEPALIVE,
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.enable_http_proxy", 0),
    ("grpc.enable_retries", 0),
)


class Host(Protocol):
    """The node to reach, and who it must be; a `Participant` of the ledger is one."""

    @property
    def endpoint(self) -> str:
        """host:port."""

    @property
    def msp_id(self) -> str:
        """The organisation whose root must vouch for it."""

    @property
    def common_name(self) -> str:
        """The name that its certificate must have."""


async def credentials_for(
    host: Host, trust: Trust, identity: KeyPair, limits: Limits
) -> grpc.ChannelCredentials:
    """Credentials that reach `host` as `identity` (a TLS pair), and nobody in the host's place.

    Raises `ConnectionFailedError` if it is away, or somebody else.
    """
    certificate = await _certificate_of(host, trust, identity, limits)
    found = common_name(certificate)
    if found != host.common_name:
        raise ConnectionFailedError(
            f"{host.endpoint}: the certificate is {found}'s, expected {host.common_name}'s"
        )
    return grpc.ssl_channel_credentials(
        root_certificates=certificate.public_bytes(Encoding.PEM),
        private_key=identity.key.read_bytes(),
        certificate_chain=identity.certificate.read_bytes(),
    )


async def _certificate_of(
    host: Host, trust: Trust, identity: KeyPair, limits: Limits
) -> x509.Certificate:
    name, port = split_endpoint(host.endpoint)
    context = _context(trust.root_file(host.msp_id), identity)
    try:
        async with asyncio.timeout(limits.connect_seconds):
            _, writer = await asyncio.open_connection(name, port, ssl=context)
    except ssl.SSLCertVerificationError as error:
        raise ConnectionFailedError(
            f"{host.endpoint}: its certificate is not trusted as {host.msp_id}'s:"
            f" {error.verify_message}"
        ) from error
    except TimeoutError as error:
        raise ConnectionFailedError(
            f"{host.endpoint}: no answer within {limits.connect_seconds:g} s"
        ) from error
    except OSError as error:
        raise ConnectionFailedError(
            f"{host.endpoint}: cannot be reached: {error.strerror or error}"
        ) from error
    raw = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return x509.load_der_x509_certificate(raw)


def _context(roots: Path, identity: KeyPair) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(roots))
        context.load_cert_chain(identity.certificate, identity.key)
    except OSError as error:  # ssl.SSLError is one
        files = f"{roots}, {identity.certificate}, {identity.key}"
        raise ConfigError(f"one of {files} cannot be used for TLS: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])  # what a gRPC server insists on
    return context


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """Host and port of `host:port` (`[::1]:port` for IPv6). Raises `ConfigError`."""
    name, _, port = endpoint.rpartition(":")
    if not name or not port.isdecimal() or not 0 <= int(port) < 1 << 16:
        raise ConfigError(f"{endpoint!r} is not an endpoint; expected host:port")
    return name.strip("[]"), int(port)
