"""Certificates that a test signs itself, in place of a CA."""

import base64
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from weftwork.identity import Enrolment, new_key


def public(key: object) -> str:
    """A public key as the ledger records it: base64 of DER."""
    assert isinstance(key, ec.EllipticCurvePublicKey)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_bytes(serialization.Encoding.DER, form)).decode()


def self_signed(key: ec.EllipticCurvePrivateKey, name: str = "node.factory1") -> bytes:
    """A certificate of `key` by `key` (PEM)."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def enrolment(name: str = "node.factory1") -> Enrolment:
    """A new key with its certificate."""
    key = new_key()
    certificate = self_signed(key, name)
    return Enrolment(key, certificate, certificate)
