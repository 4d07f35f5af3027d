import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.unit.ledger.certificates import new_key, self_signed
from weftwork.ledger.channel import TlsOptions
from weftwork.ledger.client import GatewayClient
from weftwork.ledger.deadlines import Deadlines


def test_the_certificate_hash_is_of_the_der() -> None:
    certificate = self_signed(new_key())
    der = x509.load_pem_x509_certificate(certificate).public_bytes(Encoding.DER)
    options = TlsOptions(certificate, certificate, b"key")
    assert options.certificate_hash == hashlib.sha256(der).digest()


def test_without_a_client_certificate_there_is_no_hash() -> None:
    assert TlsOptions(self_signed(new_key())).certificate_hash == b""


def test_a_certificate_needs_its_key() -> None:
    with pytest.raises(ValueError, match="both"):
        TlsOptions(b"roots", certificate=b"certificate")


def test_a_deadline_is_positive() -> None:
    with pytest.raises(ValueError, match="submit: a deadline is a positive"):
        Deadlines(submit=0)


def test_roots_hold_a_certificate() -> None:
    with pytest.raises(ValueError, match="PEM"):
        TlsOptions(b"roots")


@pytest.mark.parametrize("endpoint", ["localhost", "localhost:", ":7051", "grpcs://peer:7051", ""])
def test_an_endpoint_is_host_and_port(endpoint: str) -> None:
    with pytest.raises(ValueError, match="write host:port"):
        GatewayClient(endpoint, TlsOptions(self_signed(new_key())), Deadlines())
