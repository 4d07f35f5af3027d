"""Providers that sign their updates, with certificates of their own."""

import base64
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from provider_node.trainer import Signed
from weftwork.signing import update_message

__all__ = ["Signer"]

VALID = datetime.timedelta(days=1)


class Signer:
    """A key on the curve that the consortium's authorities use, and its certificate."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        unsigned = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now - VALID)
            .not_valid_after(now + VALID)
        )
        certificate = unsigned.sign(self._key, hashes.SHA256())
        self._pem = certificate.public_bytes(Encoding.PEM).decode()

    def signed(self, task: str, round_number: int, digest: str) -> Signed:
        """The signature of an update, with what it can be checked with."""
        message = update_message(task, round_number, digest)
        signature = self._key.sign(message, ec.ECDSA(hashes.SHA256()))
        return Signed(certificate=self._pem, signature=base64.b64encode(signature).decode())
