"""The certificates and keys that a connection file names."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.x509.oid import NameOID

from weftwork.config import Connection
from weftwork.errors import ConfigError
from weftwork.ledger.channel import TlsOptions
from weftwork.ledger.signing import Identity, Signer, sign_with
from weftwork.pem import load_private_key, read_pem, read_private_key

__all__ = ["Credentials"]


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
        certificate = read_pem(connection.identity.certificate)
        return cls(
            identity=Identity(connection.msp_id, certificate),
            common_name=_common_name(certificate, connection.identity.certificate),
            signer=_signer(connection.identity.key),
            tls=_tls(connection),
        )


def _tls(connection: Connection) -> TlsOptions:
    try:
        return TlsOptions(
            roots=read_pem(connection.gateway.tls_roots),
            certificate=read_pem(connection.tls.certificate),
            key=read_private_key(connection.tls.key),
            server_name=connection.gateway.server_name,
        )
    except ValueError as error:
        raise ConfigError(f"{connection.gateway.tls_roots}: holds no certificate") from error


def _common_name(certificate: bytes, path: Path) -> str:
    try:
        subject = x509.load_pem_x509_certificate(certificate).subject
        return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    except (ValueError, IndexError) as error:
        raise ConfigError(f"{path}: is no certificate with a common name") from error


def _signer(path: Path) -> Signer:
    try:
        return sign_with(load_private_key(path))
    except ValueError as error:
        raise ConfigError(f"{path}: is no key that Fabric can use: {error}") from error
