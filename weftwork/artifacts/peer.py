"""Who is at the other end of a TLS connection.

An organisation's MSP is told by the root that issued the certificate, the member by its common
name. Both are facts that a CA attested; nothing that a caller says about itself is believed.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from weftwork.errors import ConfigError, ConnectionFailedError


@dataclass(frozen=True)
class Peer:
    """A member of an organisation, as its TLS certificate says."""

    msp_id: str
    common_name: str

    def __str__(self) -> str:
        return f"{self.common_name} ({self.msp_id})"


class Trust:
    """The certificate roots of the consortium's organisations, by MSP ID (PEM files).

    Raises `ConfigError` when a file has no certificate, or two MSPs share one: then the root would
    not tell whose member a certificate is.
    """

    def __init__(self, roots: Mapping[str, Path]) -> None:
        self._roots = {msp: _certificates(path) for msp, path in roots.items()}
        self._files = dict(roots)
        owner: dict[x509.Certificate, str] = {}
        for msp, certificates in self._roots.items():
            for certificate in certificates:
                if owner.setdefault(certificate, msp) != msp:
                    raise ConfigError(
                        f"{roots[msp]}: {owner[certificate]} and {msp} have the same root"
                    )

    def root_file(self, msp_id: str) -> Path:
        """The roots of one organisation. Raises `ConnectionFailedError` if it is not known."""
        if msp_id not in self._files:
            raise ConnectionFailedError(f"{msp_id}: no root of this organisation is configured")
        return self._files[msp_id]

    def bundle(self) -> bytes:
        """All roots, as the server's TLS takes them (PEM)."""
        return b"\n".join(path.read_bytes() for path in self._files.values())

    def identify(self, certificate_pem: bytes, now: datetime.datetime | None = None) -> Peer:
        """Whose TLS client certificate this is.

        Verifies the chain to a root, the validity dates (at `now`, UTC) and that the certificate is
        for TLS clients. Raises `ConnectionFailedError` if no organisation's root vouches for it.
        """
        try:
            certificate = x509.load_pem_x509_certificate(certificate_pem)
        except ValueError as error:
            raise ConnectionFailedError("the peer's certificate cannot be read") from error
        reasons = []
        for msp, roots in self._roots.items():
            try:
                _verify(certificate, roots, now)
            except verification.VerificationError as error:
                reasons.append(f"{msp}: {error}")
            else:
                return Peer(msp, common_name(certificate))
        raise ConnectionFailedError(
            f"the certificate of {certificate.subject.rfc4514_string()} is not trusted:"
            f" {'; '.join(reasons)}"
        )


def common_name(certificate: x509.Certificate) -> str:
    """The subject's common name. Raises `ConnectionFailedError` unless there is exactly one."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(names) != 1:
        raise ConnectionFailedError(f"a certificate with {len(names)} common names; expected one")
    return str(names[0].value)


def _verify(
    certificate: x509.Certificate,
    roots: list[x509.Certificate],
    now: datetime.datetime | None,
) -> None:
    # A client may have no host name, so the rule of the web that demands one does not hold here.
    member = verification.ExtensionPolicy.permit_all().require_present(
        x509.ExtendedKeyUsage, verification.Criticality.AGNOSTIC, _for_clients
    )
    authority = verification.ExtensionPolicy.webpki_defaults_ca()
    builder = verification.PolicyBuilder().store(verification.Store(roots))
    builder = builder.extension_policies(ca_policy=authority, ee_policy=member)
    builder = builder.time(now or datetime.datetime.now(datetime.UTC))
    builder.build_client_verifier().verify(certificate, [])


def _for_clients(
    policy: verification.Policy, certificate: x509.Certificate, usage: x509.ExtendedKeyUsage
) -> None:
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise ValueError("not a certificate for TLS clients")


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: holds no certificate (PEM)") from error
