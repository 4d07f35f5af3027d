"""Throwaway certificate authorities, one per organisation, shaped as Fabric CA makes them."""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from weftwork.config import Connection, GatewayAddress, KeyPair

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
HOUR = datetime.timedelta(hours=1)
LOCAL = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
)


@dataclass(frozen=True)
class Issued:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def write(self, folder: Path) -> KeyPair:
        folder.mkdir(parents=True, exist_ok=True)
        pair = KeyPair(certificate=folder / "cert.pem", key=folder / "key.pem")
        pair.certificate.write_bytes(self.pem)
        pair.key.touch(mode=0o600)
        pair.key.write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return pair


class Authority:
    """The CA of one organisation; its root lies in `folder/ca.pem`."""

    def __init__(self, msp_id: str, folder: Path) -> None:
        self.msp_id = msp_id
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(f"ca.{msp_id}")
        self.root = (
            _certificate(self._name, self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        folder.mkdir(parents=True, exist_ok=True)
        self.root_file = folder / "ca.pem"
        self.root_file.write_bytes(self.root.public_bytes(serialization.Encoding.PEM))

    def issue(
        self,
        common_name: str,
        *,
        hosts: tuple[x509.GeneralName, ...] = LOCAL,
        usages: tuple[x509.ObjectIdentifier, ...] = (
            ExtendedKeyUsageOID.SERVER_AUTH,
            ExtendedKeyUsageOID.CLIENT_AUTH,
        ),
        begins: datetime.datetime = NOW - HOUR,
        ends: datetime.datetime = NOW + HOUR,
    ) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(common_name)
        builder = _certificate(subject, self._name, key.public_key(), begins, ends)
        builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(authority_key, critical=False)
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        return Issued(builder.sign(self._key, hashes.SHA256()), key)

    def tls(self, common_name: str, **options: object) -> KeyPair:
        """A key pair on disk; `options` are those of `issue`."""
        issued = self.issue(common_name, **options)  # type: ignore[arg-type]
        return issued.write(self.folder / common_name)


def connection(authority: Authority, tls: KeyPair, trust: dict[str, Path]) -> Connection:
    """A connection file's content, of which transfers use `tls` and `trust`."""
    gateway = GatewayAddress(endpoint="localhost:1", tls_roots=authority.root_file)
    return Connection(
        organisation=authority.msp_id.lower(),
        msp_id=authority.msp_id,
        gateway=gateway,
        identity=tls,
        tls=tls,
        trust=trust,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begins: datetime.datetime = NOW - 2 * HOUR,
    ends: datetime.datetime = NOW + 2 * HOUR,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
