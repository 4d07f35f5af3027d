"""A client of one organisation's Fabric CA: register, enrol, renew, revoke, list."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from hfc.fabric_ca.caservice import CAService

from weftwork.errors import ConfigError
from weftwork.identity.enrolment import Enrolment, new_key, signing_request
from weftwork.identity.errors import AuthorityUnreachableError, CertificateMismatchError
from weftwork.identity.transport import Transport

Kind = Literal["client", "peer", "orderer", "admin"]
Profile = Literal["", "tls"]
Reason = Literal[
    "unspecified",
    "keycompromise",
    "cacompromise",
    "affiliationchange",
    "superseded",
    "cessationofoperation",
    "certificatehold",
    "removefromcrl",
    "privilegewithdrawn",
    "aacompromise",
]


@dataclass(frozen=True)
class RegisteredIdentity:
    """An identity as the CA knows it."""

    enrolment_id: str
    kind: str
    affiliation: str
    attributes: dict[str, str]
    max_enrolments: int


@dataclass(frozen=True)
class RevokedCertificate:
    """One revoked certificate: serial number and authority key identifier, hexadecimal."""

    serial: str
    authority_key: str


class CertificateAuthority:
    """One Fabric CA. Calls block; `timeout` (seconds) bounds each wait and the whole reply.

    `url` is `https://host:port`, `name` the CA's name on that server, `tls_roots` a PEM file that
    its TLS certificate must chain to. Every call raises `AuthorityUnreachableError`,
    `AuthorityUntrustedError`, `AuthorityTimeoutError` or a kind of `AuthorityRefusedError`.
    """

    def __init__(self, url: str, name: str, tls_roots: Path, timeout: float = 15.0) -> None:
        if not url.startswith("https://"):
            raise ConfigError(f"{url}: a certificate authority's address starts with https://")
        if not tls_roots.is_file():
            raise ConfigError(f"{tls_roots}: no such file; expected the CA's TLS roots (PEM)")
        self._url = url
        self._service = CAService(url, str(tls_roots), ca_name=name)
        self._transport = Transport(url.rstrip("/"), name, tls_roots, timeout)
        self._service._ca_client = self._transport

    def enroll(
        self,
        enrolment_id: str,
        secret: str,
        *,
        profile: Profile = "",
        hosts: Iterable[str] = (),
        attributes: Iterable[str] | None = None,
    ) -> Enrolment:
        """Make a key and have the CA certify it for `enrolment_id`.

        Profile "" gives a signing certificate, "tls" one for TLS servers and clients, with `hosts`
        in it. `attributes` names those to include; None means all that were registered with one.
        """
        if not (enrolment_id and secret):
            raise ValueError("enroll takes an enrolment ID and its secret")
        key = new_key()
        wanted = None if attributes is None else [{"name": name} for name in attributes]
        request = signing_request(key, enrolment_id, hosts)
        with self._reading():
            enrolment = self._service.enroll(enrolment_id, secret, request, profile, wanted)
        return _issued(key, enrolment_id, enrolment.cert, enrolment.caCert)

    def reenroll(
        self, enrolment: Enrolment, *, profile: Profile = "", hosts: Iterable[str] = ()
    ) -> Enrolment:
        """Renew: a new key and certificate for the same identity, proved by its old certificate.

        `enrolment` is the signing one for either profile; give `hosts` again as at enrolment.
        """
        key, name = new_key(), enrolment.common_name
        request = signing_request(key, name, hosts).public_bytes(serialization.Encoding.PEM)
        fields = {"certificate_request": request.decode(), "profile": profile}
        with self._reading():
            certificate, chain = self._transport.reenroll(fields, enrolment)
        return _issued(key, name, certificate, chain)

    def register(
        self,
        registrar: Enrolment,
        enrolment_id: str,
        kind: Kind,
        attributes: Mapping[str, str] | None = None,
        *,
        affiliation: str = "",
        max_enrollments: int = -1,
        secret: str = "",
    ) -> str:
        """Register an identity; return its enrolment secret (the CA's random one, unless given).

        `attributes` appear in its enrolment certificates. -1 enrolments: as many as the CA allows.
        Raises `AlreadyRegisteredError` when the enrolment ID is taken.
        """
        if not enrolment_id:
            raise ValueError("register takes an enrolment ID")
        rows = [{"name": k, "value": v, "ecert": True} for k, v in (attributes or {}).items()]
        with self._reading():
            return str(
                self._service.register(
                    enrolment_id, secret, kind, affiliation, max_enrollments, rows, registrar
                )
            )

    def revoke(
        self,
        registrar: Enrolment,
        enrolment_id: str = "",
        *,
        certificate: x509.Certificate | None = None,
        reason: Reason = "unspecified",
    ) -> list[RevokedCertificate]:
        """Revoke one certificate, or an identity with all its certificates.

        Returns what was revoked. A revoked identity cannot enrol again.
        """
        if bool(enrolment_id) == (certificate is not None):
            raise ValueError("revoke takes an enrolment ID or a certificate, one of them")
        serial, authority_key = _coordinates(certificate) if certificate else ("", "")
        with self._reading():
            revoked, _ = self._service.revoke(
                enrolment_id, authority_key, serial, reason, False, registrar
            )
            return [RevokedCertificate(row["Serial"], row["AKI"]) for row in revoked or ()]

    def crl(self, registrar: Enrolment) -> bytes:
        """The list of all revoked certificates that have not expired, signed by the CA (PEM)."""
        with self._reading():
            return base64.b64decode(self._service.generateCRL(None, None, None, None, registrar))

    def identities(self, registrar: Enrolment) -> list[RegisteredIdentity]:
        """Every identity that the registrar may see."""
        with self._reading():
            reply = self._service.newIdentityService().getAll(registrar)
            return [_identity(row) for row in reply["result"]["identities"]]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What hfc and we trip over in a reply that says "success" but lacks the rest."""
        try:
            yield
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise AuthorityUnreachableError(
                f"{self._url}: the reply is not a Fabric CA's: {error!r}"
            ) from error


def _issued(key: Any, enrolment_id: str, certificate: bytes, chain: bytes) -> Enrolment:
    """The CA's answer, once it is shown to be for our key and name."""
    try:
        enrolment = Enrolment(key, certificate, chain)
        name = enrolment.common_name
    except ValueError as error:
        raise AuthorityUnreachableError(f"the CA sent no certificate: {error}") from error
    if name != enrolment_id:
        raise CertificateMismatchError(f"asked for {enrolment_id}, the CA certified {name!r}")
    if not _signed_by_chain(enrolment):
        raise CertificateMismatchError(f"no CA of the chain signed the certificate of {name}")
    return enrolment


def _signed_by_chain(enrolment: Enrolment) -> bool:
    """Whether one certificate of the chain, the root or an intermediate, is the issuer."""
    try:
        issuers = x509.load_pem_x509_certificates(enrolment.chain)
    except ValueError:
        return False
    return any(_issued_by(enrolment.x509, issuer) for issuer in issuers)


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _coordinates(certificate: x509.Certificate) -> tuple[str, str]:
    """Serial number and authority key identifier in the form that the CA's database has."""
    extension = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    return f"{certificate.serial_number:x}", (extension.value.key_identifier or b"").hex()


def _identity(row: Mapping[str, Any]) -> RegisteredIdentity:
    attributes = {item["name"]: item["value"] for item in row["attrs"] or ()}
    return RegisteredIdentity(
        row["id"], row["type"], row["affiliation"], attributes, row["max_enrollments"]
    )
