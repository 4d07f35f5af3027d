"""Every operation on a real Fabric CA, and what it refuses."""

import itertools
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from weftwork.identity import CertificateAuthority, Enrolment
from weftwork.identity.errors import (
    AlreadyRegisteredError,
    AuthorityRefusedError,
    NotAuthenticatedError,
    NotAuthorisedError,
)

ATTRIBUTES = x509.ObjectIdentifier("1.2.3.4.5.6.7.8.1")  # Fabric's attribute extension
numbers = itertools.count(1)


@pytest.fixture
def name() -> str:
    return f"node.factory{next(numbers)}"


@pytest.fixture
def enrolled(ca: CertificateAuthority, registrar: Enrolment, name: str) -> Enrolment:
    secret = ca.register(registrar, name, "client", {"weftwork.role": "provider"})
    return ca.enroll(name, secret)


def attributes(certificate: x509.Certificate) -> dict[str, str]:
    extension = certificate.extensions.get_extension_for_oid(ATTRIBUTES).value
    assert isinstance(extension, x509.UnrecognizedExtension)
    found: dict[str, str] = json.loads(extension.value)["attrs"]
    return found


def root(tls_roots: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(tls_roots.read_bytes())


def test_an_enrolment_carries_its_name_kind_and_attributes(
    ca: CertificateAuthority, enrolled: Enrolment, name: str
) -> None:
    certificate = enrolled.x509
    assert enrolled.common_name == name
    units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    assert [unit.value for unit in units] == ["client"]
    assert attributes(certificate)["weftwork.role"] == "provider"
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(enrolled.chain))


def test_a_tls_enrolment_names_its_hosts(
    ca: CertificateAuthority, registrar: Enrolment, name: str
) -> None:
    secret = ca.register(registrar, name, "peer")
    enrolment = ca.enroll(name, secret, profile="tls", hosts=["localhost", "127.0.0.1"])
    extensions = enrolment.x509.extensions
    hosts = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert hosts.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(ip) for ip in hosts.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(usage) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}


def test_only_the_attributes_asked_for_are_in_the_certificate(
    ca: CertificateAuthority, registrar: Enrolment, name: str
) -> None:
    registered = {"weftwork.role": "provider", "site": "Riga"}
    secret = ca.register(registrar, name, "client", registered)
    assert registered.items() <= attributes(ca.enroll(name, secret).x509).items()
    few = ca.enroll(name, secret, attributes=["weftwork.role"])
    assert attributes(few.x509) == {"weftwork.role": "provider"}


def test_a_secret_may_be_given_and_names_may_be_in_any_script(
    ca: CertificateAuthority, registrar: Enrolment
) -> None:
    assert ca.register(registrar, "узел", "client", secret="schlüssel") == "schlüssel"
    assert ca.enroll("узел", "schlüssel").common_name == "узел"


def test_a_secret_can_be_limited_to_one_enrolment(
    ca: CertificateAuthority, registrar: Enrolment, name: str
) -> None:
    secret = ca.register(registrar, name, "client", max_enrollments=1)
    ca.enroll(name, secret)
    with pytest.raises(NotAuthenticatedError):
        ca.enroll(name, secret)


@pytest.mark.parametrize("profile", ["", "tls"])
def test_re_enrolment_keeps_the_identity_and_changes_the_key(
    ca: CertificateAuthority, enrolled: Enrolment, profile: str
) -> None:
    renewed = ca.reenroll(enrolled, profile=profile, hosts=["localhost"])  # type: ignore[arg-type]
    assert renewed.x509.subject == enrolled.x509.subject
    assert attributes(renewed.x509) == attributes(enrolled.x509)
    assert renewed.key.public_key() != enrolled.key.public_key()
    assert renewed.x509.serial_number != enrolled.x509.serial_number


def test_a_revoked_certificate_is_refused_and_listed(
    ca: CertificateAuthority, registrar: Enrolment, enrolled: Enrolment
) -> None:
    kept = ca.reenroll(enrolled)
    revoked = ca.revoke(registrar, certificate=enrolled.x509, reason="keycompromise")
    assert [int(item.serial, 16) for item in revoked] == [enrolled.x509.serial_number]
    with pytest.raises(NotAuthenticatedError) as refused:
        ca.reenroll(enrolled)
    assert refused.value.code == "20"
    ca.reenroll(kept)
    revocations = x509.load_pem_x509_crl(ca.crl(registrar))
    issuer_key = x509.load_pem_x509_certificate(enrolled.chain).public_key()
    assert isinstance(issuer_key, ec.EllipticCurvePublicKey)
    assert revocations.is_signature_valid(issuer_key)
    listed = {entry.serial_number for entry in revocations}
    assert enrolled.x509.serial_number in listed
    assert kept.x509.serial_number not in listed


def test_a_revoked_identity_loses_all_its_certificates_and_enrols_no_more(
    ca: CertificateAuthority, registrar: Enrolment, name: str
) -> None:
    secret = ca.register(registrar, name, "client")
    first, second = ca.enroll(name, secret), ca.enroll(name, secret, profile="tls")
    revoked = ca.revoke(registrar, name)
    expected = {first.x509.serial_number, second.x509.serial_number}
    assert {int(item.serial, 16) for item in revoked} == expected
    with pytest.raises(NotAuthenticatedError):
        ca.enroll(name, secret)


def test_revoke_takes_one_thing(ca: CertificateAuthority, registrar: Enrolment) -> None:
    with pytest.raises(ValueError, match="one of them"):
        ca.revoke(registrar)


def test_the_list_shows_what_was_registered(
    ca: CertificateAuthority, registrar: Enrolment, enrolled: Enrolment, name: str
) -> None:
    found = {identity.enrolment_id: identity for identity in ca.identities(registrar)}
    assert found["registrar"].attributes["hf.Registrar.Roles"] == "*"
    assert found[name].kind == "client"
    assert found[name].attributes["weftwork.role"] == "provider"
    assert found[name].max_enrolments == -1


def test_the_same_name_twice(
    ca: CertificateAuthority, registrar: Enrolment, enrolled: Enrolment, name: str
) -> None:
    with pytest.raises(AlreadyRegisteredError, match=name) as refused:
        ca.register(registrar, name, "client")
    assert refused.value.code == "74"
    assert refused.value.exit_code == 5


@pytest.mark.parametrize("user", ["registrar", "nobody"])
def test_a_wrong_secret_tells_nothing_about_the_name(ca: CertificateAuthority, user: str) -> None:
    with pytest.raises(NotAuthenticatedError, match="Authentication failure"):
        ca.enroll(user, "wrong")


def test_an_unknown_affiliation(ca: CertificateAuthority, registrar: Enrolment, name: str) -> None:
    with pytest.raises(NotAuthorisedError):
        ca.register(registrar, name, "client", affiliation="no.such.department")


def test_an_ordinary_identity_is_no_registrar(
    ca: CertificateAuthority, enrolled: Enrolment
) -> None:
    with pytest.raises(NotAuthorisedError):
        ca.register(enrolled, "friend", "client")
    with pytest.raises(NotAuthorisedError):
        ca.crl(enrolled)
    with pytest.raises(AuthorityRefusedError):
        ca.revoke(enrolled, "registrar")


def test_a_revoked_registrar_registers_nobody(
    ca: CertificateAuthority, registrar: Enrolment, name: str
) -> None:
    secret = ca.register(registrar, name, "client", {"hf.Registrar.Roles": "client"})
    second = ca.enroll(name, secret)
    ca.register(second, f"{name}.before", "client")
    ca.revoke(registrar, name)
    with pytest.raises(NotAuthenticatedError):
        ca.register(second, f"{name}.after", "client")


def test_revoking_an_unknown_identity(ca: CertificateAuthority, registrar: Enrolment) -> None:
    with pytest.raises(AuthorityRefusedError, match="nobody was not found") as refused:
        ca.revoke(registrar, "nobody")
    assert refused.value.code == "10"


def test_another_key_than_the_certificates_signs_nothing(
    ca: CertificateAuthority, registrar: Enrolment, enrolled: Enrolment
) -> None:
    forged = object.__new__(Enrolment)  # past the constructor, which refuses the mismatch
    fields = {"key": enrolled.key, "certificate": registrar.certificate, "chain": b""}
    for field, value in fields.items():
        object.__setattr__(forged, field, value)
    with pytest.raises(NotAuthenticatedError):
        ca.register(forged, "stolen", "client")
