"""What a block says: its header, its orderers' signatures, its transactions. Nothing is checked."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fabric_protos.common import common_pb2
from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import (
    chaincode_event_pb2,
    chaincode_pb2,
    proposal_pb2,
    proposal_response_pb2,
    transaction_pb2,
)
from google.protobuf.message import DecodeError

from weftwork.audit.findings import MALFORMED, Broken

__all__ = [
    "CHAINCODE",
    "Action",
    "Block",
    "Endorsement",
    "Signer",
    "Transaction",
    "Version",
    "parse_block",
]

CHAINCODE = "weftwork"  # the one whose records are audited

Version = tuple[int, int]  # of a value: the block and the transaction in it that wrote it
VALID = 0
FILTER = common_pb2.TRANSACTIONS_FILTER


@dataclass(frozen=True)
class Signer:
    """An identity as it is serialised in messages."""

    raw: bytes
    msp: str
    certificate: bytes

    @classmethod
    def of(cls, raw: bytes) -> "Signer":
        """Read it."""
        identity = identities_pb2.SerializedIdentity.FromString(raw)
        return cls(raw, identity.mspid, identity.id_bytes)


@dataclass(frozen=True)
class Endorsement:
    """A peer's signature of what a call would read and write."""

    signer: Signer
    signature: bytes


@dataclass(frozen=True)
class Action:
    """A chaincode's call, what was read and written, and who endorsed that.

    `reads` and `writes` are by (namespace, key); a value of None is a deletion. `bound` is whether
    the endorsed answer names this very call, `same_header` whether who proposed it submits it.

    `chaincode` is the one that Fabric called and whose policy it asked: the header's extension
    names it. The call's own words name one, too (`named`), and so do the answer (`answered`, of
    `version`) and the event (`event_of`, None without one).
    """

    chaincode: str
    arguments: tuple[bytes, ...]
    reads: tuple[tuple[tuple[str, str], Version | None], ...]
    writes: tuple[tuple[tuple[str, str], bytes | None], ...]
    ranges: int
    endorsed: bytes
    endorsements: tuple[Endorsement, ...]
    bound: bool
    named: str = "weftwork"
    answered: str = "weftwork"
    version: str = "1"
    event_of: str | None = None
    spaces: tuple[str, ...] = ()
    same_header: bool = True

    @property
    def is_ours(self) -> bool:
        """Whether it calls the audited chaincode, or writes into it."""
        return self.chaincode == CHAINCODE or self.writes_ours

    @property
    def writes_ours(self) -> bool:
        """Whether it writes into the audited chaincode."""
        return any(space == CHAINCODE for (space, _), _ in self.writes)


@dataclass(frozen=True)
class Transaction:
    """An envelope of a block. `code` is the validation code that the exporting peer gave it.

    `action` is None where it is no call, or not of exactly one chaincode.
    """

    block: int
    index: int
    code: int
    channel: str
    kind: int
    id: str
    at_ms: int
    creator: Signer
    nonce: bytes
    payload: bytes
    signature: bytes
    action: Action | None
    config: Any = None
    epoch: int = 0


@dataclass(frozen=True)
class Block:
    """A block with its transactions; `signatures` is the raw metadata of the orderers."""

    number: int
    previous_hash: bytes
    data_hash: bytes
    data: tuple[bytes, ...]
    signatures: bytes
    codes: bytes

    @property
    def header(self) -> bytes:
        """The header as it is hashed and signed: a DER sequence of number and both hashes."""
        content = _der_integer(self.number)
        content += _der_octets(self.previous_hash) + _der_octets(self.data_hash)
        return b"\x30" + _der_length(len(content)) + content

    @property
    def hash(self) -> bytes:
        """What the next block names as its `previous_hash`."""
        return hashlib.sha256(self.header).digest()

    def transactions(self) -> Iterator[Transaction]:
        """Those that can be read, in the block's order."""
        for index in range(len(self.data)):
            with suppress(Broken):
                yield self.transaction(index)

    def transaction(self, index: int) -> Transaction:
        """One of them. Raises `Broken` if it cannot be read."""
        code = self.codes[index] if index < len(self.codes) else VALID
        try:
            return _transaction(self.number, index, code, self.data[index])
        except MALFORMED as error:
            text = f"transaction {index} cannot be read: {type(error).__name__} {error}"
            raise Broken(text) from error


def parse_block(content: bytes) -> Block:
    """A `common.Block`. Raises `Broken`."""
    try:
        block = common_pb2.Block.FromString(content)
    except DecodeError as error:
        raise Broken(f"this is no block: {error}") from error
    metadata = list(block.metadata.metadata)
    metadata += [b""] * (FILTER + 1 - len(metadata))
    return Block(
        number=block.header.number,
        previous_hash=block.header.previous_hash,
        data_hash=block.header.data_hash,
        data=tuple(block.data.data),
        signatures=metadata[common_pb2.SIGNATURES],
        codes=metadata[FILTER],
    )


def _transaction(block: int, index: int, code: int, raw: bytes) -> Transaction:
    envelope = common_pb2.Envelope.FromString(raw)
    payload = common_pb2.Payload.FromString(envelope.payload)
    channel = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    signature = common_pb2.SignatureHeader.FromString(payload.header.signature_header)
    is_call = channel.type == common_pb2.ENDORSER_TRANSACTION
    return Transaction(
        block=block,
        index=index,
        code=code,
        channel=channel.channel_id,
        kind=channel.type,
        id=channel.tx_id,
        at_ms=channel.timestamp.seconds * 1000 + channel.timestamp.nanos // 1_000_000,
        creator=Signer.of(signature.creator),
        nonce=signature.nonce,
        payload=envelope.payload,
        signature=envelope.signature,
        action=_action(payload, channel) if is_call else None,
        config=payload.data if channel.type == common_pb2.CONFIG else None,
        epoch=channel.epoch,
    )


def _action(payload: Any, channel: Any) -> Action | None:
    actions = transaction_pb2.Transaction.FromString(payload.data).actions
    if len(actions) != 1:
        return None
    content = transaction_pb2.ChaincodeActionPayload.FromString(actions[0].payload)
    proposal = content.chaincode_proposal_payload
    call = proposal_pb2.ChaincodeProposalPayload.FromString(proposal)
    invocation = chaincode_pb2.ChaincodeInvocationSpec.FromString(call.input).chaincode_spec
    extension = proposal_pb2.ChaincodeHeaderExtension.FromString(channel.extension)
    answer = proposal_response_pb2.ProposalResponsePayload.FromString(
        content.action.proposal_response_payload
    )
    result = proposal_pb2.ChaincodeAction.FromString(answer.extension)
    header = payload.header.channel_header + actions[0].header
    reads, writes, ranges, spaces = _results(result.results)
    return Action(
        chaincode=extension.chaincode_id.name,
        arguments=tuple(invocation.input.args),
        reads=reads,
        writes=writes,
        ranges=ranges,
        endorsed=content.action.proposal_response_payload,
        endorsements=tuple(
            Endorsement(Signer.of(one.endorser), one.signature)
            for one in content.action.endorsements
        ),
        bound=answer.proposal_hash == hashlib.sha256(header + proposal).digest(),
        named=invocation.chaincode_id.name,
        answered=result.chaincode_id.name,
        version=result.chaincode_id.version,
        event_of=_event_of(result.events),
        spaces=spaces,
        same_header=actions[0].header == payload.header.signature_header,
    )


def _event_of(raw: bytes) -> str | None:
    """The chaincode that an event says that it is of."""
    return chaincode_event_pb2.ChaincodeEvent.FromString(raw).chaincode_id if raw else None


def _results(raw: bytes) -> tuple[Any, Any, int, tuple[str, ...]]:
    """Reads, writes, how many ranges were read, and the namespaces in their order."""
    reads, writes, ranges, spaces = [], [], 0, []
    for space in rwset_pb2.TxReadWriteSet.FromString(raw).ns_rwset:
        content = kv_rwset_pb2.KVRWSet.FromString(space.rwset)
        spaces.append(space.namespace)
        ranges += len(content.range_queries_info)
        for read in content.reads:
            known = read.HasField("version")
            version = (read.version.block_num, read.version.tx_num) if known else None
            reads.append(((space.namespace, read.key), version))
        for write in content.writes:
            value = None if write.is_delete else write.value
            writes.append(((space.namespace, write.key), value))
    return tuple(reads), tuple(writes), ranges, tuple(spaces)


def _der_length(size: int) -> bytes:
    if size < 128:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([128 + len(digits)]) + digits


def _der_integer(number: int) -> bytes:
    digits = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + _der_length(len(digits)) + digits


def _der_octets(octets: bytes) -> bytes:
    return b"\x04" + _der_length(len(octets)) + octets
