"""Certificates and keys: do they belong together, to whom, and until when."""

import json
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from provider_node.check.finding import Caution
from weftwork.artifacts import Trust
from weftwork.config import Connection, KeyPair
from weftwork.errors import ConfigError, RefusedError
from weftwork.pem import load_private_key, read_pem

__all__ = ["enrolment", "tls", "trust"]

SOON = timedelta(days=30)
# Where a Fabric CA writes an identity's attributes, as JSON.
ATTRIBUTES = x509.ObjectIdentifier("1.2.3.4.5.6.7.8.1")


async def enrolment(connection: Connection, role: str) -> str:
    """The certificate that signs transactions: ours, of our organisation, with the right role."""
    certificate = _pair(connection.identity)
    path = connection.identity.certificate
    root = connection.trust.get(connection.msp_id)
    if root is None:
        raise ConfigError(f"trust: has no root of our own organisation, {connection.msp_id}")
    if not _issued_by(certificate, x509.load_pem_x509_certificates(read_pem(root))):
        raise ConfigError(f"{path}: was not issued by {connection.msp_id}'s root in {root}")
    granted = _attributes(certificate).get("weftwork.role", "")
    if granted != role:
        raise RefusedError(
            f"{path}: grants role {granted or 'none'}, node.yaml says {role};"
            f" enrol with attribute weftwork.role={role}, or change role in node.yaml"
        )
    return f"{_name(certificate)}, role {granted}, {_validity(certificate, path.name)}"


async def tls(connection: Connection) -> str:
    """The certificate that other nodes and the peer see."""
    certificate = _pair(connection.tls)
    peer = Trust(connection.trust).identify(connection.tls.certificate.read_bytes())
    if peer.msp_id != connection.msp_id:
        raise ConfigError(
            f"{connection.tls.certificate}: is of {peer.msp_id}, not {connection.msp_id}"
        )
    return f"{peer.common_name}, {_validity(certificate, connection.tls.certificate.name)}"


async def trust(connection: Connection) -> str:
    """The roots of the consortium."""
    Trust(connection.trust)
    for msp_id, path in sorted(connection.trust.items()):
        for certificate in x509.load_pem_x509_certificates(read_pem(path)):
            _validity(certificate, f"{msp_id}'s root")
    return f"roots of {', '.join(sorted(connection.trust))}"


def _pair(pair: KeyPair) -> x509.Certificate:
    """The certificate, if the key is its own and nobody else's to read."""
    try:
        certificate = x509.load_pem_x509_certificate(read_pem(pair.certificate))
    except ValueError as error:
        raise ConfigError(f"{pair.certificate}: is no certificate (PEM)") from error
    if load_private_key(pair.key).public_key() != certificate.public_key():
        raise ConfigError(f"{pair.key}: is not the key of {pair.certificate}; enrol again")
    return certificate


def _issued_by(certificate: x509.Certificate, roots: list[x509.Certificate]) -> bool:
    for root in roots:
        try:
            certificate.verify_directly_issued_by(root)
        except (InvalidSignature, ValueError, TypeError):
            continue
        return True
    return False


def _attributes(certificate: x509.Certificate) -> dict[str, str]:
    try:
        extension = certificate.extensions.get_extension_for_oid(ATTRIBUTES).value
    except x509.ExtensionNotFound:
        return {}
    raw = extension.value if isinstance(extension, x509.UnrecognizedExtension) else b"{}"
    return dict(json.loads(raw).get("attrs", {}))


def _validity(certificate: x509.Certificate, what: str) -> str:
    """`valid until DATE`; raises where that is past, to come, or soon."""
    now, end = datetime.now(UTC), certificate.not_valid_after_utc
    if now < certificate.not_valid_before_utc:
        start = certificate.not_valid_before_utc
        raise ConfigError(f"{what}: is valid from {start:%Y-%m-%d %H:%M} UTC; is the clock right?")
    if now >= end:
        raise ConfigError(f"{what}: expired on {end:%Y-%m-%d}; enrol again")
    if end - now < SOON:
        raise Caution(f"{what}: expires on {end:%Y-%m-%d}; enrol again before")
    return f"valid until {end:%Y-%m-%d}"


def _name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.rfc4514_string())
