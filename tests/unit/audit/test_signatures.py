"""Certificates, endorsements and orderers' signatures, of organisations made for the test."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from fabric_protos.common import common_pb2
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.audit.authorities import NOW_MS, Authority, Channel, Member
from weftwork.audit.blocks import Action, Block, Endorsement, Signer, Transaction
from weftwork.audit.certificates import Certificates
from weftwork.audit.endorsements import check_client, check_endorsements
from weftwork.audit.findings import Broken
from weftwork.audit.orderers import check_orderers
from weftwork.audit.signatures import ORDERS, scalars

CHANNEL = Channel()
CERTIFICATES = Certificates(CHANNEL.configuration())
YEAR_MS = 365 * 24 * 3600 * 1000


def signer(member: Member) -> Signer:
    return Signer(member.raw, member.msp, member.pem)


def endorsement(member: Member, answer: bytes = b"answer") -> Endorsement:
    return Endorsement(signer(member), member.sign(answer + member.raw))


def call(endorsements: Sequence[Endorsement], *, bound: bool = True) -> Transaction:
    """A client's call that these endorsed."""
    client = CHANNEL.clients[0]
    action = Action("weftwork", (), (), (), 0, b"answer", tuple(endorsements), bound)
    return Transaction(
        block=1,
        index=0,
        code=0,
        channel="weftwork",
        kind=3,
        id=hashlib.sha256(b"nonce" + client.raw).hexdigest(),
        at_ms=NOW_MS,
        creator=signer(client),
        nonce=b"nonce",
        payload=b"payload",
        signature=client.sign(b"payload"),
        action=action,
    )


def block(signers: Sequence[tuple[int, Member]]) -> Block:
    """A block that these signed, each as the orderer of that number."""
    empty = Block(1, b"before", b"data", (), b"", b"")
    metadata = common_pb2.Metadata(value=b"value")
    for number, member in signers:
        header = common_pb2.IdentifierHeader(identifier=number, nonce=b"n").SerializeToString()
        signature = member.sign(b"value" + header + empty.header)
        metadata.signatures.add(identifier_header=header, signature=signature)
    return replace(empty, signatures=metadata.SerializeToString())


def test_a_call_of_its_client_that_most_endorsed_holds() -> None:
    good = call([endorsement(one) for one in CHANNEL.peers[:3]])
    check_client(good, CERTIFICATES)
    check_endorsements(good, CERTIFICATES)


@pytest.mark.parametrize(
    ("endorsements", "words"),
    [
        ([endorsement(one) for one in CHANNEL.peers[:2]], r"endorsed by 2 of 4 organisations"),
        ([endorsement(CHANNEL.peers[0])] * 3, r"endorsed by 1 of 4 organisations \(Org1\)"),
        ([], r"\(none\), at least 3 needed"),
        ([endorsement(CHANNEL.clients[0])], "is not one of its peers"),
        ([endorsement(CHANNEL.peers[0], b"else")], "the endorsement of Org1 is not signed by"),
        ([endorsement(Authority("Org1", 9).certify("peer", "peer"))], "ends at no root"),
        ([endorsement(Authority("Org9", 9).certify("peer", "peer"))], "is no organisation"),
    ],
    ids=["too-few", "one-thrice", "none", "a-client", "of-another-answer", "own-root", "stranger"],
)
def test_endorsements_that_do_not_hold(endorsements: list[Endorsement], words: str) -> None:
    with pytest.raises(Broken, match=words):
        check_endorsements(call(endorsements), CERTIFICATES)


def test_an_answer_to_another_call_does_not_hold() -> None:
    endorsements = [endorsement(one) for one in CHANNEL.peers]
    with pytest.raises(Broken, match="the answer to another call"):
        check_endorsements(call(endorsements, bound=False), CERTIFICATES)


def test_what_is_not_the_clients_does_not_hold() -> None:
    good = call([])
    for changed, words in (
        (replace(good, payload=b"else"), "the transaction is not signed by client.Org1"),
        (replace(good, nonce=b"else"), "its id should be"),
        (replace(good, channel="else"), "it is of channel else"),
        (replace(good, at_ms=NOW_MS + YEAR_MS), "is valid 2026-01-01"),
        (replace(good, creator=signer(CHANNEL.clients[1])), "its id should be"),
    ):
        with pytest.raises(Broken, match=words):
            check_client(changed, CERTIFICATES)


def test_a_revoked_certificate_does_not_hold() -> None:
    revoking = Certificates(CHANNEL.configuration(CHANNEL.clients[0]))
    with pytest.raises(Broken, match=r"the certificate of client\.Org1 is revoked"):
        check_client(call([]), revoking)


def test_three_of_four_orderers_sign_a_block() -> None:
    numbered = list(enumerate(CHANNEL.orderers, 1))
    check_orderers(block(numbered[:3]), CERTIFICATES)
    check_orderers(block([*numbered[:3], (4, CHANNEL.orderers[0])]), CERTIFICATES)
    with pytest.raises(Broken, match="2 of 4 orderers signed it, at least 3 needed"):
        check_orderers(block(numbered[:2]), CERTIFICATES)
    with pytest.raises(Broken, match="1 of 4 orderers"):
        check_orderers(block(numbered[:1] * 3), CERTIFICATES)
    with pytest.raises(Broken, match="9 is no orderer of the channel"):
        check_orderers(block([*numbered[:2], (9, CHANNEL.orderers[2])]), CERTIFICATES)


def test_a_changed_header_has_no_signature() -> None:
    changed = replace(block(list(enumerate(CHANNEL.orderers, 1))), data_hash=b"else")
    with pytest.raises(Broken, match="0 of 4 orderers signed it"):
        check_orderers(changed, CERTIFICATES)


@pytest.mark.parametrize(("orderers", "quorum"), [(1, 1), (4, 3), (5, 4), (6, 4), (7, 5), (10, 7)])
def test_the_quorum_of_so_many_orderers(orderers: int, quorum: int) -> None:
    one = CHANNEL.configuration()
    many = replace(one, consenters=one.consenters[:1] * orderers)
    assert many.quorum == quorum


@given(r=st.integers(1, 2**528), s=st.integers(1, 2**528), rest=st.binary(max_size=3))
def test_r_and_s_are_read_whatever_follows(r: int, s: int, rest: bytes) -> None:
    assert scalars(encode_dss_signature(r, s) + rest) == (r, s)


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "30",
        "3006020101",
        "3106020101020101",
        "3006030101020101",
        "3006020100020101",
        "30060201ff020101",
        "300702020001020101",
        "308106020101020101",
        "3080020101020101",
    ],
)
def test_what_go_would_not_read_is_no_signature(encoded: str) -> None:
    with pytest.raises(ValueError, match=r"element|early|shortest form"):
        scalars(bytes.fromhex(encoded))


@pytest.mark.parametrize(
    "curve",
    [ec.SECP224R1(), ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()],
    ids=lambda one: one.name,
)
def test_the_orders_of_the_curves(curve: ec.EllipticCurve) -> None:
    """A key is below the order, and -1 of it has the x of 1."""
    order = ORDERS[curve.name]
    one, last = (ec.derive_private_key(key, curve).public_key() for key in (1, order - 1))
    assert one.public_numbers().x == last.public_numbers().x
