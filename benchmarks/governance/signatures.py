"""Providers that sign their updates, with keys of their own."""

import base64

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from provider_node.trainer import Signed
from weftwork.signing import update_message

__all__ = ["Signer"]


class Signer:
    """A key on the curve that the consortium's authorities use."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._public = base64.b64encode(der).decode()

    def signed(self, task: str, round_number: int, digest: str) -> Signed:
        """The signature of an update, with what it can be checked with."""
        message = update_message(task, round_number, digest)
        signature = self._key.sign(message, ec.ECDSA(hashes.SHA256()))
        return Signed(key=self._public, signature=base64.b64encode(signature).decode())
