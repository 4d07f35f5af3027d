"""Signatures of Fabric's identities, read exactly as Fabric reads them.

ECDSA with SHA-256. Of the two values of s that would do, only the lower counts; and what follows r
and s in the encoding is passed over, as Go's `encoding/asn1` does for a structure.
"""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from weftwork.audit.certificates import verify
from weftwork.audit.findings import Broken, require

__all__ = ["scalars", "verify_member"]

SEQUENCE, INTEGER = 0x30, 0x02

# The orders of the curves that Fabric knows (FIPS 186-4, D.1.2).
ORDERS = {
    "secp224r1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFF16A2E0B8F03E13DD29455C5C2A3D,
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        "C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
        16,
    ),
    "secp521r1": int(
        "1" + "F" * 65 + "A51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409", 16
    ),
}


def verify_member(
    certificate: x509.Certificate, signature: bytes, message: bytes, what: str
) -> None:
    """Check what an identity of an MSP has signed. Raises `Broken`."""
    key = certificate.public_key()
    order = ORDERS.get(key.curve.name) if isinstance(key, ec.EllipticCurvePublicKey) else None
    if order is None:
        raise Broken(f"{what}: the key is on no curve that Fabric knows")
    try:
        r, s = scalars(signature)
    except ValueError as error:
        raise Broken(f"{what}: the signature cannot be read: {error}") from error
    require(s <= order // 2, f"{what}: s of the signature is the higher of its two values")
    verify(certificate, encode_dss_signature(r, s), message, what)


def scalars(signature: bytes) -> tuple[int, int]:
    """The r and s of a signature in DER. Raises `ValueError`."""
    content, _ = _element(SEQUENCE, signature)
    r, rest = _element(INTEGER, content)
    s, _ = _element(INTEGER, rest)
    return _positive(r), _positive(s)


def _element(kind: int, encoded: bytes) -> tuple[bytes, bytes]:
    """The content of the first element, which is of this kind, and what follows it."""
    if len(encoded) < 2 or encoded[0] != kind:
        raise ValueError(f"it should have an element of kind {kind}")
    length, start = encoded[1], 2
    if length >= 128:
        start = 2 + (length & 127)
        digits = encoded[2:start]
        length = int.from_bytes(digits, "big")
        if not digits or len(digits) < start - 2 or digits[0] == 0 or length < 128:
            raise ValueError("the length of an element is not in its shortest form")
    if len(encoded) < start + length:
        raise ValueError("it ends early")
    return encoded[start : start + length], encoded[start + length :]


def _positive(digits: bytes) -> int:
    number = int.from_bytes(digits, "big", signed=True)
    shortest = number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)
    if number <= 0 or digits != shortest:
        raise ValueError("r and s should be positive numbers in their shortest form")
    return number
