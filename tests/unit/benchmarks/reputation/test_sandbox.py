"""The contracts at the other end of a pipe."""

from collections.abc import Iterator

import pytest
from cryptography import x509

from benchmarks.reputation.sandbox import Identity, RefusedError, Sandbox, build
from tests.unit.identity.issuing import public
from weftwork.errors import WeftworkError
from weftwork.signing import update_message, verify_update

PROVIDER = Identity("node.a", "AMSP", "provider")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(build()) as made:
        yield made


def test_a_call_gives_its_record_and_a_query_its_answer(sandbox: Sandbox) -> None:
    record = sandbox.call(PROVIDER, "Participants:Register", "a", "host:1")
    assert (record["name"], record["msp_id"], record["role"]) == ("a", "AMSP", "provider")
    assert sandbox.call(PROVIDER, "Participants:Get", "a")["reputation"] == 500_000


def test_a_refusal_is_an_error_and_the_ledger_goes_on(sandbox: Sandbox) -> None:
    with pytest.raises(RefusedError, match=r"^NOT_FOUND: participant b does not exist$"):
        sandbox.call(PROVIDER, "Participants:Get", "b")
    sandbox.call(PROVIDER, "Participants:Register", "b", "host:1")
    assert sandbox.call(PROVIDER, "Participants:Get", "b")["state"] == "ACTIVE"


def test_a_signature_verifies_with_the_registered_certificate(sandbox: Sandbox) -> None:
    certificate = sandbox.call(PROVIDER, "Participants:Register", "a", "host:1")["certificate"]
    digest = "0" * 64
    signature = sandbox.sign(PROVIDER, update_message("task", 3, digest).decode())
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    verify_update(public(key), "task", 3, digest, signature)


def test_a_call_that_is_none_ends_the_sandbox(capfd: pytest.CaptureFixture[str]) -> None:
    with (
        Sandbox(build()) as sandbox,
        pytest.raises(WeftworkError, match="the sandbox has ended"),
    ):
        sandbox._ask(PROVIDER, {"when": 3})
    assert 'unknown field "when"' in capfd.readouterr().err
