"""A transaction proposal's bytes, and the transaction id that they fix."""

import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from weftwork.ledger.signing import Identity

__all__ = ["build_proposal", "new_header", "transaction_id_of"]

_NONCE_BYTES = 24


def build_proposal(
    identity: Identity,
    channel: str,
    chaincode: str,
    arguments: Sequence[str | bytes],
    *,
    transient: Mapping[str, bytes],
    endorsing_organisations: Sequence[str],
) -> Any:
    """An unsigned `gateway.ProposedTransaction`; `arguments[0]` is the transaction's name."""
    chaincode_id = chaincode_pb2.ChaincodeID(name=chaincode)
    extension = proposal_pb2.ChaincodeHeaderExtension(chaincode_id=chaincode_id)
    transaction_id, header = new_header(
        identity,
        channel,
        common_pb2.ENDORSER_TRANSACTION,
        extension=extension.SerializeToString(),
    )
    proposal = proposal_pb2.Proposal(
        header=header.SerializeToString(),
        payload=_payload(chaincode_id, arguments, transient).SerializeToString(),
    )
    signed = proposal_pb2.SignedProposal(proposal_bytes=proposal.SerializeToString())
    return gateway_pb2.ProposedTransaction(
        transaction_id=transaction_id,
        proposal=signed,
        endorsing_organizations=endorsing_organisations,
    )


def new_header(identity: Identity, channel: str, kind: int, **fields: bytes) -> tuple[str, Any]:
    """A fresh transaction id, and the `common.Header` with it; `fields` go to `ChannelHeader`."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    transaction_id = transaction_id_of(nonce, identity.creator)
    channel_header = common_pb2.ChannelHeader(
        type=kind, tx_id=transaction_id, channel_id=channel, timestamp=_now(), **fields
    )
    signature_header = common_pb2.SignatureHeader(creator=identity.creator, nonce=nonce)
    header = common_pb2.Header(
        channel_header=channel_header.SerializeToString(),
        signature_header=signature_header.SerializeToString(),
    )
    return transaction_id, header


def transaction_id_of(nonce: bytes, creator: bytes) -> str:
    """Hex SHA-256 of nonce and creator: unique, and provably the creator's."""
    return hashlib.sha256(nonce + creator).hexdigest()


def _payload(
    chaincode_id: Any, arguments: Sequence[str | bytes], transient: Mapping[str, bytes]
) -> Any:
    raw = [a.encode() if isinstance(a, str) else a for a in arguments]
    spec = chaincode_pb2.ChaincodeSpec(
        type=chaincode_pb2.ChaincodeSpec.GOLANG,
        chaincode_id=chaincode_id,
        input=chaincode_pb2.ChaincodeInput(args=raw),
    )
    invocation = chaincode_pb2.ChaincodeInvocationSpec(chaincode_spec=spec)
    return proposal_pb2.ChaincodeProposalPayload(
        input=invocation.SerializeToString(), TransientMap=dict(transient)
    )


def _now() -> Timestamp:
    seconds, nanos = divmod(time.time_ns(), 1_000_000_000)
    return Timestamp(seconds=seconds, nanos=nanos)
