"""A private key with the certificate that a CA issued for it, and the request that asks for one."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from weftwork.identity.errors import CertificateMismatchError


@dataclass(frozen=True)
class Enrolment:
    """A P-256 key, its certificate and the chain of the CA that issued it (PEM).

    Raises `CertificateMismatchError` when the certificate is not for the key.
    """

    key: ec.EllipticCurvePrivateKey = field(repr=False, compare=False)
    certificate: bytes
    chain: bytes

    def __post_init__(self) -> None:
        if self.x509.public_key() != self.key.public_key():
            raise CertificateMismatchError(
                f"the certificate of {self.common_name} is for another private key"
            )

    @property
    def x509(self) -> x509.Certificate:
        """The parsed certificate."""
        return x509.load_pem_x509_certificate(self.certificate)

    @property
    def common_name(self) -> str:
        """The enrolment ID."""
        return common_name(self.x509)

    @property
    def key_pem(self) -> bytes:
        """The private key as unencrypted PKCS#8, for a file with mode 0600."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key on P-256, the curve that every Fabric component accepts."""
    return ec.generate_private_key(ec.SECP256R1())


def common_name(certificate: x509.Certificate) -> str:
    """The subject's common name, or "" if it has none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def signing_request(
    key: ec.EllipticCurvePrivateKey, name: str, hosts: Iterable[str] = ()
) -> x509.CertificateSigningRequest:
    """A CSR for `name` with `hosts` (DNS names and IP addresses) as alternative names."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder(subject)
    alternatives = [_general_name(host) for host in hosts]
    if alternatives:
        extension = x509.SubjectAlternativeName(alternatives)
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
