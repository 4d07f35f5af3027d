"""Who signs, and with what: an identity's certificate and its private key, or a key elsewhere."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from fabric_protos.msp import identities_pb2

__all__ = ["Identity", "Signer", "SigningIdentity", "digest_of", "sign_with"]

Signer = Callable[[bytes], bytes]
"""Takes a SHA-256 digest, returns the DER of a low-S ECDSA signature."""

# The group orders (SEC 2, section 2.4 and 2.5). Fabric refuses a signature whose s is above half.
_ORDERS = {
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        "C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
        16,
    ),
}


@dataclass(frozen=True)
class Identity:
    """A member of an organisation: its MSP ID and its certificate (PEM)."""

    msp_id: str
    certificate: bytes

    @cached_property
    def creator(self) -> bytes:
        """What Fabric writes into a transaction: a serialised `msp.SerializedIdentity`."""
        message = identities_pb2.SerializedIdentity(mspid=self.msp_id, id_bytes=self.certificate)
        return bytes(message.SerializeToString(deterministic=True))


@dataclass(frozen=True)
class SigningIdentity:
    """An identity and its signer; without one, every request is to be signed elsewhere."""

    identity: Identity
    signer: Signer | None = field(default=None, repr=False)

    def sign(self, digest: bytes) -> bytes:
        """The signature of `digest`; raise `ValueError` if there is no signer."""
        if self.signer is None:
            raise ValueError(
                "this gateway has no signer: sign the digest elsewhere, and use new_signed_*"
            )
        return self.signer(digest)


def digest_of(message: bytes) -> bytes:
    """SHA-256, which Fabric signs."""
    return hashlib.sha256(message).digest()


def sign_with(key: ec.EllipticCurvePrivateKey) -> Signer:
    """A signer over a private key on P-256 or P-384; `ValueError` for another curve."""
    order = _ORDERS.get(key.curve.name)
    if order is None:
        raise ValueError(f"{key.curve.name}: Fabric takes keys on secp256r1 or secp384r1")

    def sign(digest: bytes) -> bytes:
        signature = key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        r, s = decode_dss_signature(signature)
        return encode_dss_signature(r, min(s, order - s))

    return sign
