import hashlib
import time
from typing import Any

from fabric_protos.common import common_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2

from weftwork.ledger.proposal_builder import build_proposal, transaction_id_of
from weftwork.ledger.signing import Identity

IDENTITY = Identity("OrgMSP", b"PEM")


def built(*arguments: str | bytes, transient: dict[str, bytes] | None = None) -> Any:
    return build_proposal(
        IDENTITY,
        "channel",
        "chaincode",
        arguments or ["Get"],
        transient=transient or {},
        endorsing_organisations=["A", "B"],
    )


def headers(message: Any) -> tuple[Any, Any]:
    proposal = proposal_pb2.Proposal.FromString(message.proposal.proposal_bytes)
    header = common_pb2.Header.FromString(proposal.header)
    return (
        common_pb2.ChannelHeader.FromString(header.channel_header),
        common_pb2.SignatureHeader.FromString(header.signature_header),
    )


def payload(message: Any) -> Any:
    proposal = proposal_pb2.Proposal.FromString(message.proposal.proposal_bytes)
    return proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)


def test_the_transaction_id_is_the_digest_of_nonce_and_creator() -> None:
    assert transaction_id_of(b"nonce", b"creator") == hashlib.sha256(b"noncecreator").hexdigest()
    message = built()
    channel, signature = headers(message)
    expected = transaction_id_of(signature.nonce, IDENTITY.creator)
    assert message.transaction_id == channel.tx_id == expected
    assert signature.creator == IDENTITY.creator


def test_every_proposal_has_its_own_nonce() -> None:
    assert len({built().transaction_id for _ in range(10)}) == 10


def test_the_channel_header_names_channel_and_chaincode() -> None:
    channel, _ = headers(built())
    extension = proposal_pb2.ChaincodeHeaderExtension.FromString(channel.extension)
    assert channel.type == common_pb2.ENDORSER_TRANSACTION
    assert (channel.channel_id, extension.chaincode_id.name) == ("channel", "chaincode")
    assert channel.timestamp.seconds > 1_700_000_000


def test_a_proposal_is_dated_when_it_is_made_and_never_ahead() -> None:
    before = time.time_ns()
    channel, _ = headers(built())
    assert before <= channel.timestamp.ToNanoseconds() <= time.time_ns()


def test_arguments_and_transient_data() -> None:
    message = built("Tasks:Get", "täsk", b"\x00\xff", transient={"price": b"42"})
    read = payload(message)
    invocation = chaincode_pb2.ChaincodeInvocationSpec.FromString(read.input)
    assert list(invocation.chaincode_spec.input.args) == [
        b"Tasks:Get",
        "täsk".encode(),
        b"\x00\xff",
    ]
    assert dict(read.TransientMap) == {"price": b"42"}
    assert list(message.endorsing_organizations) == ["A", "B"]
    assert message.proposal.signature == b""
