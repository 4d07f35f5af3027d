"""What a provider signs: that it accepts a task, and its updates; and how anyone checks it.

The ledger checks the same signatures with the certificate of the transaction's creator. The module
lies below `ledger`, which signs, and `artifacts`, whose users check.
"""

import base64
import binascii

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from weftwork.errors import IntegrityError


def update_message(task: str, round_number: int, digest: str) -> bytes:
    """The bytes that an update's signature covers."""
    return f"weftwork.update.v1\n{task}\n{round_number}\n{digest}".encode()


def verify_update(
    certificate: bytes, task: str, round_number: int, digest: str, signature: str
) -> None:
    """Check `signature` (base64 of DER, ECDSA with SHA-256) with an enrolment certificate (PEM).

    Raises `IntegrityError` if it is not that certificate's signature of this update.
    """
    what = f"the signature of update {digest} for {task}, round {round_number}"
    _verify(what, certificate, update_message(task, round_number, digest), signature)


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
    _verify(what, certificate, acceptance_message(task, definition_digest), acceptance)


def _verify(what: str, certificate: bytes, message: bytes, signature: str) -> None:
    try:
        key = x509.load_pem_x509_certificate(certificate).public_key()
        raw = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error) as error:
        raise IntegrityError(f"{what} cannot be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise IntegrityError(f"{what} cannot be checked: the certificate's key is not on a curve")
    try:
        key.verify(raw, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise IntegrityError(f"{what} is not its provider's") from error
