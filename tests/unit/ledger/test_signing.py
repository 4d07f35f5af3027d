import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from fabric_protos.msp import identities_pb2
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.ledger.certificates import new_key
from weftwork.ledger.signing import Identity, SigningIdentity, digest_of, sign_with

KEY = new_key()
HALF_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 // 2


@given(st.binary(max_size=64))
def test_a_signature_is_low_s_and_verifies(message: bytes) -> None:
    signature = sign_with(KEY)(digest_of(message))
    _, s = decode_dss_signature(signature)
    assert s <= HALF_ORDER
    KEY.public_key().verify(signature, message, ec.ECDSA(hashes.SHA256()))


def test_p384_keys_sign_low_s() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    digest = hashlib.sha256(b"message").digest()
    signatures = [sign_with(key)(digest) for _ in range(8)]
    highest = max(decode_dss_signature(signature)[1] for signature in signatures)
    assert highest.bit_length() <= 383
    key.public_key().verify(signatures[0], digest, ec.ECDSA(Prehashed(hashes.SHA256())))


def test_a_curve_that_fabric_does_not_take_is_refused() -> None:
    with pytest.raises(ValueError, match="secp256k1: Fabric takes"):
        sign_with(ec.generate_private_key(ec.SECP256K1()))


def test_the_creator_is_a_serialised_identity() -> None:
    creator = identities_pb2.SerializedIdentity.FromString(Identity("OrgMSP", b"PEM").creator)
    assert (creator.mspid, creator.id_bytes) == ("OrgMSP", b"PEM")


def test_without_a_signer_nothing_is_signed() -> None:
    with pytest.raises(ValueError, match="no signer"):
        SigningIdentity(Identity("OrgMSP", b"PEM")).sign(b"digest")


def test_a_signer_is_not_shown() -> None:
    assert "sign_with" not in repr(SigningIdentity(Identity("OrgMSP", b"PEM"), sign_with(KEY)))
