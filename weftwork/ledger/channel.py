"""The gRPC connection to the gateway peer: TLS, limits, keep-alive."""

from dataclasses import dataclass, field

import grpc
import grpc.aio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from weftwork.ledger.signing import digest_of

__all__ = ["TlsOptions", "open_channel"]

# A block is at most 100 MiB by default (Fabric's MaxRecvMsgSize); what carries it is a little more.
MAX_MESSAGE_BYTES = 101 * 1024 * 1024

_OPTIONS: dict[str, int | str] = {
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    # A peer disconnects who pings more often than once a minute (peer.keepalive.minInterval).
    "grpc.keepalive_time_ms": 90_000,
    "grpc.keepalive_timeout_ms": 20_000,
    "grpc.http2.max_pings_without_data": 0,
    # A peer that was restarted is found again within seconds, not after gRPC's two minutes.
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 3_000,
    # The environment's proxy is for the web; where a peer is, it need not know.
    "grpc.enable_http_proxy": 0,
    # What failed is reported to the caller, who knows what may be repeated.
    "grpc.enable_retries": 0,
}


@dataclass(frozen=True)
class TlsOptions:
    """What the client trusts and shows: PEM bytes.

    `roots` verify the peer's certificate, whose name must be `server_name` (None: the host of the
    endpoint). `certificate` and `key`, both or neither, are for peers that ask for mutual TLS.
    Raises `ValueError` where `roots` holds no certificate.
    """

    roots: bytes
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    server_name: str | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("mutual TLS takes both a certificate and its key")
        x509.load_pem_x509_certificates(self.roots)  # refuses what holds none

    @property
    def certificate_hash(self) -> bytes:
        """SHA-256 of the client certificate's DER, to which a Deliver request is bound."""
        if self.certificate is None:
            return b""
        return digest_of(
            x509.load_pem_x509_certificate(self.certificate).public_bytes(Encoding.DER)
        )


def open_channel(endpoint: str, tls: TlsOptions) -> grpc.aio.Channel:
    """A channel to `endpoint` (host:port), bound to the running event loop; it connects lazily."""
    credentials = grpc.ssl_channel_credentials(tls.roots, tls.key, tls.certificate)
    options = dict(_OPTIONS)
    if tls.server_name:
        options["grpc.ssl_target_name_override"] = tls.server_name
    return grpc.aio.secure_channel(endpoint, credentials, options=list(options.items()))
