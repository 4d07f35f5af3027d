"""What a provider signs: that it accepts a task, and its updates; and how anyone checks it.

The ledger checks the same signatures with the certificate of the transaction's creator, and records
the key of an update's: the provider may have renewed its certificate since. The module
lies below `ledger`, which signs, and `artifacts`, whose users check.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from weftwork.errors import IntegrityError


def update_message(task: str, round_number: int, digest: str) -> bytes:
    """The bytes that an update's signature covers."""
    return f"weftwork.update.v1\n{task}\n{round_number}\n{digest}".encode()


def verify_update(key: str, task: str, round_number: int, digest: str, signature: str) -> None:
    """Check `signature` (base64 of DER, ECDSA with SHA-256) with an update's recorded `key`.

    That is base64 of the DER SubjectPublicKeyInfo. Raises `IntegrityError` if it is not that key's
    signature of this update.
    """
    what = f"the signature of update {digest} for {task}, round {round_number}"
    with _readable(what):
        public = load_der_public_key(base64.b64decode(key, validate=True))
    _verify(what, public, update_message(task, round_number, digest), signature)


def acceptance_message(task: str, definition_digest: str) -> bytes:
    """The bytes that the acceptance of a task's definition covers."""
    return f"weftwork.acceptance.v1\n{task}\n{definition_digest}".encode()


def verify_acceptance(
    certificate: bytes, task: str, definition_digest: str, acceptance: str
) -> None:
    """Check that the owner of an enrolment certificate (PEM) accepted this definition of `task`.

    `definition_digest` is the SHA-256 of the definition's canonical JSON. Raises `IntegrityError`
    if `acceptance` is not that certificate's signature of it.
    """
    what = f"the acceptance of {task} with definition {definition_digest}"
    with _readable(what):
        public = x509.load_pem_x509_certificate(certificate).public_key()
    _verify(what, public, acceptance_message(task, definition_digest), acceptance)


@contextmanager
def _readable(what: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, UnsupportedAlgorithm) as error:
        raise IntegrityError(f"{what} cannot be read: {error}") from error


def _verify(what: str, key: object, message: bytes, signature: str) -> None:
    with _readable(what):
        raw = base64.b64decode(signature, validate=True)
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise IntegrityError(f"{what} cannot be checked: its key is not on a curve")
    try:
        key.verify(raw, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise IntegrityError(f"{what} is not its provider's") from error
