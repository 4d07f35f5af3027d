import ipaddress

import pytest
from cryptography import x509

from tests.unit.identity.issuing import enrolment, self_signed
from weftwork.identity import Enrolment, common_name, new_key, signing_request
from weftwork.identity.errors import CertificateMismatchError


def test_a_certificate_for_another_key_is_no_enrolment() -> None:
    with pytest.raises(CertificateMismatchError, match=r"node\.factory1"):
        Enrolment(new_key(), self_signed(new_key()), b"")


def test_the_key_is_not_shown() -> None:
    shown = repr(enrolment())
    assert "PRIVATE" not in shown
    assert "key" not in shown


def test_a_request_names_hosts_by_their_kind() -> None:
    request = signing_request(new_key(), "node.factory1", ["localhost", "127.0.0.1", "::1"])
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    addresses = ["127.0.0.1", "::1"]
    expected = [ipaddress.ip_address(address) for address in addresses]
    assert names.get_values_for_type(x509.IPAddress) == expected
    assert request.is_signature_valid


def test_a_request_without_hosts_has_no_such_extension() -> None:
    assert not list(signing_request(new_key(), "requester.requester").extensions)


def test_a_certificate_without_a_name() -> None:
    key = new_key()
    assert common_name(x509.load_pem_x509_certificate(self_signed(key))) == "node.factory1"
