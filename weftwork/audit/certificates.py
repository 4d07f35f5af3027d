"""Certificate chains and signatures, against the configuration."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from weftwork.audit.configuration import Configuration, Organisation
from weftwork.audit.findings import Broken, require

__all__ = ["Certificates", "attribute", "load", "units", "verify"]

_ATTRIBUTES = x509.ObjectIdentifier("1.2.3.4.5.6.7.8.1")  # where Fabric's CA puts them


def load(pem: bytes) -> x509.Certificate:
    """Read a certificate. Raises `Broken`."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise Broken(f"the certificate cannot be read: {error}") from error


def verify(certificate: x509.Certificate, signature: bytes, message: bytes, what: str) -> None:
    """Check an ECDSA signature with SHA-256 over `message`. Raises `Broken`."""
    key = certificate.public_key()
    require(isinstance(key, ec.EllipticCurvePublicKey), f"{what}: the key is not on a curve")
    assert isinstance(key, ec.EllipticCurvePublicKey)  # noqa: S101 - for the types
    try:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        name = common_name(certificate)
        raise Broken(f"{what} is not signed by {name}, in whose name it stands") from error


def common_name(certificate: x509.Certificate) -> str:
    """The subject's, "" if it has none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def units(certificate: x509.Certificate) -> list[str]:
    """The organisational units of the subject: a node's kind is among them."""
    found = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return [str(one.value) for one in found]


def attribute(certificate: x509.Certificate, name: str) -> str:
    """An attribute that the CA has granted, "" if it has not."""
    try:
        extension = certificate.extensions.get_extension_for_oid(_ATTRIBUTES).value
    except x509.ExtensionNotFound:
        return ""
    assert isinstance(extension, x509.UnrecognizedExtension)  # noqa: S101 - for the types
    return str(json.loads(extension.value).get("attrs", {}).get(name, ""))


@dataclass
class Certificates:
    """Chains that were checked before are remembered; times are looked at each time."""

    configuration: Configuration
    _known: dict[tuple[str, bytes], tuple[x509.Certificate, ...]] = field(default_factory=dict)

    def check(self, msp: str, pem: bytes, at_ms: int | None) -> x509.Certificate:
        """The certificate, if its chain ends at a root of `msp`. Raises `Broken`.

        All of the chain must be valid at the time (None: not looked at), and not be revoked.
        """
        organisation = self.configuration.organisations.get(msp)
        if organisation is None:
            raise Broken(f"{msp or 'nobody'} is no organisation of the channel")
        if (msp, pem) not in self._known:
            self._known[msp, pem] = _chain(organisation, load(pem))
        chain = self._known[msp, pem]
        for one in chain if at_ms is not None else ():
            _require_current(one, at_ms or 0)
        return chain[0]


def _chain(organisation: Organisation, leaf: x509.Certificate) -> tuple[x509.Certificate, ...]:
    """From the leaf to a root."""
    chain = [leaf]
    while len(chain) <= 1 + len(organisation.intermediates):
        _require_unrevoked(organisation, chain[-1])
        if root := _issuer(chain[-1], organisation.roots):
            return (*chain, root)
        between = _issuer(chain[-1], organisation.intermediates)
        if between is None:
            break
        chain.append(between)
    raise Broken(
        f"the certificate of {common_name(leaf)} was not issued by {organisation.msp}:"
        " its chain ends at no root of the channel's configuration"
    )


def _issuer(
    certificate: x509.Certificate, candidates: tuple[x509.Certificate, ...]
) -> x509.Certificate | None:
    for one in candidates:
        try:
            certificate.verify_directly_issued_by(one)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return one
    return None


def _require_unrevoked(organisation: Organisation, certificate: x509.Certificate) -> None:
    for listed in organisation.revoked:
        found = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
        revoked = found is not None and listed.issuer == certificate.issuer
        require(not revoked, f"the certificate of {common_name(certificate)} is revoked")


def _require_current(certificate: x509.Certificate, at_ms: int) -> None:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    name = common_name(certificate)
    require(begin <= at <= end, f"the certificate of {name} is valid {begin} to {end}, not {at}")
