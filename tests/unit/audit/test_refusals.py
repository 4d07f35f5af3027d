"""Validation codes, found again: whatever the exporting peer notes, the same transactions count."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from fabric_protos.common import common_pb2
from fabric_protos.peer import transaction_pb2

from tests.unit.audit.enveloped import CERTIFICATES, CHANNEL, Written, audited, envelope, sealed
from weftwork.audit.certificates import Certificates
from weftwork.audit.signatures import ORDERS

CLIENT, PEERS = CHANNEL.clients[0], CHANNEL.peers
VALID, CONFLICT, PHANTOM = 0, 11, 12
WRITING = (("identity", "Org1MSP", "x"), {"name": "a"})
Change = Callable[[common_pb2.Envelope], common_pb2.Envelope]


def endorsed(edit: Callable[[transaction_pb2.ChaincodeActionPayload], None]) -> Change:
    """The envelope with another action, signed again by its client."""

    def change(one: common_pb2.Envelope) -> common_pb2.Envelope:
        payload = common_pb2.Payload.FromString(one.payload)
        call = transaction_pb2.Transaction.FromString(payload.data)
        action = transaction_pb2.ChaincodeActionPayload.FromString(call.actions[0].payload)
        edit(action)
        call.actions[0].payload = action.SerializeToString()
        payload.data = call.SerializeToString()
        return sealed(CLIENT, payload)

    return change


@endorsed
def with_junk(action: transaction_pb2.ChaincodeActionPayload) -> None:
    """A wrong signature before those that count."""
    good = list(action.action.endorsements)
    del action.action.endorsements[:]
    action.action.endorsements.add(endorser=PEERS[0].raw, signature=good[1].signature)
    action.action.endorsements.extend(good)


@endorsed
def with_trailing_bytes(action: transaction_pb2.ChaincodeActionPayload) -> None:
    """Go passes over what follows r and s."""
    for one in action.action.endorsements:
        one.signature += b"\0"


@endorsed
def with_high_s(action: transaction_pb2.ChaincodeActionPayload) -> None:
    """The other value of s, of which a peer takes none."""
    for one in action.action.endorsements:
        r, s = decode_dss_signature(one.signature)
        one.signature = encode_dss_signature(r, ORDERS["secp256r1"] - s)


@endorsed
def by_two(action: transaction_pb2.ChaincodeActionPayload) -> None:
    del action.action.endorsements[2:]


@endorsed
def of_another_call(action: transaction_pb2.ChaincodeActionPayload) -> None:
    action.chaincode_proposal_payload += b"\x12\0"


def with_two_actions(one: common_pb2.Envelope) -> common_pb2.Envelope:
    payload = common_pb2.Payload.FromString(one.payload)
    call = transaction_pb2.Transaction.FromString(payload.data)
    call.actions.append(call.actions[0])
    payload.data = call.SerializeToString()
    return sealed(CLIENT, payload)


def header(**changes: object) -> Change:
    """The envelope with another channel header."""

    def change(one: common_pb2.Envelope) -> common_pb2.Envelope:
        payload = common_pb2.Payload.FromString(one.payload)
        channel = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
        for name, value in changes.items():
            setattr(channel, name, value)
        payload.header.channel_header = channel.SerializeToString()
        return sealed(CLIENT, payload)

    return change


def unsigned(one: common_pb2.Envelope) -> common_pb2.Envelope:
    return common_pb2.Envelope(payload=one.payload, signature=CLIENT.sign(b"else"))


def as_it_was(one: common_pb2.Envelope) -> common_pb2.Envelope:
    return one


def call(change: Change = as_it_was, **what: object) -> bytes:
    """A query that most organisations endorsed, changed."""
    written = replace(Written(), **what)  # type: ignore[arg-type]
    return bytes(change(envelope(CLIENT, written, PEERS[:3])).SerializeToString())


def findings(folder: Path, content: bytes, code: int) -> list[tuple[str, str]]:
    report = audited(folder, [(content, code)]).report
    return [(one.rule, one.text) for one in report.findings]


CODES = [
    ("whole", as_it_was, VALID),
    ("junk-endorsement", with_junk, VALID),
    ("trailing-bytes", with_trailing_bytes, VALID),
    ("high-s", with_high_s, 10),
    ("too-few", by_two, 10),
    ("another-call", of_another_call, 5),
    ("two-actions", with_two_actions, 5),
    ("another-id", header(tx_id="0" * 64), 8),
    ("unsigned", unsigned, 4),
    ("another-channel", header(channel_id="else"), 4),
    ("an-epoch", header(epoch=1), 3),
    ("of-no-kind", header(type=common_pb2.MESSAGE), 3),
    ("an-update", header(type=common_pb2.CONFIG_UPDATE), 7),
]


@pytest.mark.parametrize(
    ("change", "code"), [one[1:] for one in CODES], ids=[one[0] for one in CODES]
)
@pytest.mark.parametrize("noted", [VALID, 3, 4, 5, 8, 9, 10, CONFLICT, PHANTOM, 25, 254])
def test_only_the_code_that_follows_is_taken(
    tmp_path: Path, change: Change, code: int, noted: int
) -> None:
    found = findings(tmp_path / "bundle", call(change), noted)
    junk = change is with_junk and noted == VALID  # counts, and is told of
    assert bool(found) == (noted != code or junk), found


def test_chaincodes_that_are_not_one_are_refused(tmp_path: Path) -> None:
    content = call(answered="else")
    assert findings(tmp_path / "a", content, 25) == []
    ((rule, text),) = findings(tmp_path / "b", content, VALID)
    assert rule == "validity"
    assert text.startswith("it is noted as valid, but should be refused (code 25)")


def test_a_call_that_names_another_chaincode_is_found_and_its_records_are_kept(
    tmp_path: Path,
) -> None:
    """Fabric never compares the call's own words with the chaincode that it calls."""
    audit = audited(tmp_path / "a", [(call(named="else", records=(WRITING,)), VALID)])
    assert [one.rule for one in audit.report.findings] == ["endorsements", "records"]
    assert audit.report.findings[0].text == (
        "it names the chaincode 'else', but what was called is 'weftwork'"
    )
    assert audit.world.need(*WRITING[0]) == WRITING[1]
    refused = findings(tmp_path / "b", call(named="else", records=(WRITING,)), 10)
    assert [rule for rule, _ in refused] == ["validity"]


def test_what_another_chaincode_writes_into_ours_is_found_and_kept(tmp_path: Path) -> None:
    content = call(chaincode="else", answered="else", named="else", records=(WRITING,))
    audit = audited(tmp_path, [(content, VALID)])
    assert [one.text for one in audit.report.findings] == ["else writes into weftwork"]
    assert audit.world.has(*WRITING[0])


def test_a_policy_of_another_chaincode_is_not_known(tmp_path: Path) -> None:
    other = {"chaincode": "else", "answered": "else", "named": "else", "space": "else"}
    for code in (VALID, 10):
        assert findings(tmp_path / str(code), call(by_two, **other), code) == []
    assert findings(tmp_path / "4", call(by_two, **other), 4)


def test_a_query_that_is_submitted_is_no_finding(tmp_path: Path) -> None:
    query = call(ranges=1)
    for code in (VALID, PHANTOM):
        assert findings(tmp_path / str(code), query, code) == []


def test_a_call_that_writes_by_a_range_is_found(tmp_path: Path) -> None:
    content = call(ranges=1, records=(WRITING,))
    ((rule, text),) = findings(tmp_path / "valid", content, VALID)
    assert (rule, text) == ("records", "it writes by what it read in a range")
    ((rule, text),) = findings(tmp_path / "phantom", content, PHANTOM)
    assert rule == "validity"
    assert "no range that it read decides what it writes" in text


def test_an_id_counts_once_whatever_became_of_the_first(tmp_path: Path) -> None:
    good, twice = (call(), VALID), (call(), 9)
    assert audited(tmp_path / "block", [good, twice]).report.holds
    assert audited(tmp_path / "later", [good], [twice]).report.holds
    assert audited(tmp_path / "refused", [(call(by_two), 10)], [twice]).report.holds
    assert audited(tmp_path / "beside", [(call(by_two), 10), good]).report.holds
    for at, blocks in enumerate(([[good, good]], [[good], [good]], [[twice]])):
        assert not audited(tmp_path / str(at), *blocks).report.holds


def test_what_cannot_be_read_hides_nothing_that_follows(tmp_path: Path) -> None:
    audit = audited(tmp_path, [(b"\xff", 2), (call(records=(WRITING,)), VALID)])
    assert [one.rule for one in audit.report.findings] == ["records", "blocks"]
    assert audit.report.findings[1].text.startswith("transaction 0 cannot be read")
    assert audit.world.has(*WRITING[0])


def test_a_peer_looks_at_no_time_and_at_revocations(tmp_path: Path) -> None:
    revoking = Certificates(CHANNEL.configuration(PEERS[0]))
    content = call()
    assert audited(tmp_path / "a", [(content, 10)], certificates=revoking).report.holds
    assert not audited(tmp_path / "b", [(content, 10)], certificates=CERTIFICATES).report.holds
