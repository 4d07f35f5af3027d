"""The certificates and keys that a connection file names."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from weftwork.config import Connection
from weftwork.errors import ConfigError
from weftwork.ledger.channel import TlsOptions
from weftwork.ledger.signing import Identity, Signer, sign_with

__all__ = ["Credentials"]

# A PEM bundle is a few KiB; what is larger is another file.
_MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class Credentials:
    """Who a program is towards the ledger. Certificates and keys are read once."""

    identity: Identity
    common_name: str
    signer: Signer
    tls: TlsOptions

    @classmethod
    def load(cls, connection: Connection) -> Self:
        """Read what `connection` names; raise `ConfigError` naming the file that cannot be used."""
        certificate = _read(connection.identity.certificate)
        return cls(
            identity=Identity(connection.msp_id, certificate),
            common_name=_common_name(certificate, connection.identity.certificate),
            signer=_signer(connection.identity.key),
            tls=_tls(connection),
        )


def _tls(connection: Connection) -> TlsOptions:
    try:
        return TlsOptions(
            roots=_read(connection.gateway.tls_roots),
            certificate=_read(connection.tls.certificate),
            key=_read(connection.tls.key),
            server_name=connection.gateway.server_name,
        )
    except ValueError as error:
        raise ConfigError(f"{connection.gateway.tls_roots}: holds no certificate") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > _MAX_BYTES or b"-----BEGIN " not in content:
        raise ConfigError(f"{path}: is no PEM file")
    return content


def _common_name(certificate: bytes, path: Path) -> str:
    try:
        subject = x509.load_pem_x509_certificate(certificate).subject
        return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    except (ValueError, IndexError) as error:
        raise ConfigError(f"{path}: is no certificate with a common name") from error


def _signer(path: Path) -> Signer:
    try:
        key = load_pem_private_key(_read(path), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("not an elliptic-curve key")
        return sign_with(key)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{path}: is no key that Fabric can use: {error}") from error
