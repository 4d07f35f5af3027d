import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.identity.issuing import public, self_signed
from weftwork.errors import IntegrityError
from weftwork.identity import new_key
from weftwork.signing import (
    acceptance_message,
    update_message,
    verify_acceptance,
    verify_update,
)

TASK, ROUND, DIGEST = "digits-1a2b3c", 3, "ab" * 32
KEY = new_key()
CERTIFICATE, PUBLIC = self_signed(KEY), public(KEY.public_key())


def signed(message: bytes) -> str:
    return base64.b64encode(KEY.sign(message, ec.ECDSA(hashes.SHA256()))).decode()


SIGNATURE = signed(update_message(TASK, ROUND, DIGEST))


def test_the_bytes_are_the_ledgers() -> None:
    expected = b"weftwork.update.v1\ndigits-1a2b3c\n3\n" + b"ab" * 32
    assert update_message(TASK, ROUND, DIGEST) == expected


def test_a_signature_of_this_update_holds() -> None:
    verify_update(PUBLIC, TASK, ROUND, DIGEST, SIGNATURE)


@pytest.mark.parametrize(
    ("task", "round_number", "digest"),
    [("other", ROUND, DIGEST), (TASK, ROUND + 1, DIGEST), (TASK, ROUND, "cd" * 32)],
)
def test_a_signature_of_another_update_does_not(task: str, round_number: int, digest: str) -> None:
    with pytest.raises(IntegrityError, match="not its provider's"):
        verify_update(PUBLIC, task, round_number, digest, SIGNATURE)


def test_another_ones_signature_does_not() -> None:
    with pytest.raises(IntegrityError, match="not its provider's"):
        verify_update(public(new_key().public_key()), TASK, ROUND, DIGEST, SIGNATURE)


@pytest.mark.parametrize(
    "signature",
    ["", "!", "AAAA", SIGNATURE[:-4], SIGNATURE + "\n"],
    ids=["empty", "no base64", "no DER", "cut off", "a line"],
)
def test_what_is_no_signature(signature: str) -> None:
    with pytest.raises(IntegrityError):
        verify_update(PUBLIC, TASK, ROUND, DIGEST, signature)


@pytest.mark.parametrize("key", ["", "!", "AAAA"], ids=["empty", "no base64", "no DER"])
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(IntegrityError, match="cannot be read"):
        verify_update(key, TASK, ROUND, DIGEST, SIGNATURE)


def test_what_is_no_certificate() -> None:
    with pytest.raises(IntegrityError, match="cannot be read"):
        verify_acceptance(b"", TASK, DIGEST, SIGNATURE)


ACCEPTANCE = signed(acceptance_message(TASK, DIGEST))


def test_an_acceptance_names_the_task_and_all_that_it_says() -> None:
    assert acceptance_message(TASK, DIGEST) == (
        b"weftwork.acceptance.v1\ndigits-1a2b3c\n" + b"ab" * 32
    )
    verify_acceptance(CERTIFICATE, TASK, DIGEST, ACCEPTANCE)


@pytest.mark.parametrize(
    ("task", "digest", "acceptance"),
    [
        ("other", DIGEST, ACCEPTANCE),
        (TASK, "cd" * 32, ACCEPTANCE),
        (TASK, DIGEST, SIGNATURE),
        (TASK, DIGEST, ""),
    ],
    ids=["another task", "another definition", "an update", "none"],
)
def test_what_is_no_acceptance_of_it(task: str, digest: str, acceptance: str) -> None:
    with pytest.raises(IntegrityError, match="the acceptance of"):
        verify_acceptance(CERTIFICATE, task, digest, acceptance)
