"""Certificate authorities of organisations, and what they certify."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from fabric_protos.msp import identities_pb2

from weftwork.audit.configuration import Configuration, Consenter, Organisation
from weftwork.audit.signatures import ORDERS

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
NOW_MS = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1000)


@dataclass(frozen=True)
class Member:
    """An identity with its key."""

    msp: str
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def raw(self) -> bytes:
        identity = identities_pb2.SerializedIdentity(mspid=self.msp, id_bytes=self.pem)
        return bytes(identity.SerializeToString())

    def sign(self, message: bytes) -> bytes:
        """With the lower of the two values of s, as Fabric signs."""
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return encode_dss_signature(r, min(s, ORDERS["secp256r1"] - s))


@dataclass
class Authority:
    """An organisation's root; `seed` makes its keys."""

    msp: str
    seed: int
    certified: int = 0
    key: ec.EllipticCurvePrivateKey = field(init=False)
    root: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        self.key = ec.derive_private_key(self.seed, ec.SECP256R1())
        self.root = self._certificate(self._name("ca", ""), self.key.public_key(), is_ca=True)

    def certify(self, name: str, unit: str = "client") -> Member:
        self.certified += 1
        key = ec.derive_private_key(1000 * self.seed + self.certified, ec.SECP256R1())
        certificate = self._certificate(self._name(name, unit), key.public_key(), is_ca=False)
        return Member(self.msp, certificate, key)

    def organisation(self, *revoked: Member) -> Organisation:
        lists = x509.CertificateRevocationListBuilder(self.root.subject, BEGIN, END)
        for one in revoked:
            entry = x509.RevokedCertificateBuilder(one.certificate.serial_number, BEGIN)
            lists = lists.add_revoked_certificate(entry.build())
        return Organisation(self.msp, (self.root,), (), (lists.sign(self.key, hashes.SHA256()),))

    def _name(self, name: str, unit: str) -> x509.Name:
        parts = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit)] if unit else []
        common = f"{name}.{self.msp}"
        return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])

    def _certificate(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, *, is_ca: bool
    ) -> x509.Certificate:
        number = 1 + self.certified
        builder = x509.CertificateBuilder(self._name("ca", ""), name, key, number, BEGIN, END)
        basic = x509.BasicConstraints(ca=is_ca, path_length=None)
        return builder.add_extension(basic, critical=True).sign(self.key, hashes.SHA256())


@dataclass
class Channel:
    """Four organisations, each with an orderer and a peer."""

    authorities: list[Authority] = field(
        default_factory=lambda: [Authority(f"Org{at}", at) for at in (1, 2, 3, 4)]
    )

    def __post_init__(self) -> None:
        self.orderers = [one.certify("orderer", "orderer") for one in self.authorities]
        self.peers = [one.certify("peer", "peer") for one in self.authorities]
        self.clients = [one.certify("client") for one in self.authorities]

    def configuration(self, *revoked: Member) -> Configuration:
        of = {one.msp: [two for two in revoked if two.msp == one.msp] for one in self.authorities}
        return Configuration(
            block=0,
            channel="weftwork",
            organisations={one.msp: one.organisation(*of[one.msp]) for one in self.authorities},
            members=tuple(one.msp for one in self.authorities),
            consenters=tuple(
                Consenter(at, one.msp, one.pem) for at, one in enumerate(self.orderers, 1)
            ),
        )
