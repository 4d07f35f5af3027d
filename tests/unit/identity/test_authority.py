"""The client of a CA whose replies the test makes up."""

import base64
import datetime
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from tests.unit.identity.issuing import enrolment
from weftwork.identity import CertificateAuthority, Enrolment
from weftwork.identity.errors import CertificateMismatchError
from weftwork.identity.transport import Transport

Replying = Callable[[Callable[[dict[str, Any]], dict[str, Any]]], CertificateAuthority]


@pytest.fixture
def replying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replying:
    """A CA that answers each request's fields with the result that a function gives."""
    roots = tmp_path / "roots.pem"
    roots.touch()

    def make(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> CertificateAuthority:
        def send(*_: object, json: dict[str, Any], **__: object) -> tuple[dict[str, Any], int]:
            return {"success": True, "result": answer(json)}, 201

        monkeypatch.setattr(Transport, "_send", send)
        return CertificateAuthority("https://localhost:1", "ca", roots)

    return make


def _issue(issuer: Enrolment, request: str) -> bytes:
    asked = x509.load_pem_x509_csr(request.encode())
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(asked.subject)
        .issuer_name(issuer.x509.subject)
        .public_key(asked.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(issuer.key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _answer(issuer: Enrolment, chain: bytes) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def answer(fields: dict[str, Any]) -> dict[str, Any]:
        certificate = _issue(issuer, fields["certificate_request"])
        return {
            "Cert": base64.b64encode(certificate).decode(),
            "ServerInfo": {"CAChain": base64.b64encode(chain).decode()},
        }

    return answer


def test_a_certificate_is_accepted_with_its_issuer_anywhere_in_the_chain(
    replying: Replying,
) -> None:
    issuer, root = enrolment("ca"), enrolment("root")
    ca = replying(_answer(issuer, root.certificate + issuer.certificate))
    assert ca.enroll("node", "secret").common_name == "node"


@pytest.mark.parametrize(
    "chain",
    [enrolment("ca").certificate, b"", b"no certificate"],
    ids=["another's", "empty", "rubbish"],
)
def test_a_certificate_that_the_chain_did_not_sign_is_refused(
    replying: Replying, chain: bytes
) -> None:
    ca = replying(_answer(enrolment("ca"), chain))
    with pytest.raises(CertificateMismatchError, match="no CA of the chain signed"):
        ca.enroll("node", "secret")


def test_the_secret_of_a_registration_is_in_no_log(
    replying: Replying, caplog: pytest.LogCaptureFixture
) -> None:
    ca = replying(lambda _: {"secret": "open-sesame"})
    with caplog.at_level(logging.DEBUG):
        assert ca.register(enrolment(), "node", "client") == "open-sesame"
    assert "open-sesame" not in caplog.text
