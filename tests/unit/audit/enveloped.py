"""Calls in envelopes and blocks, as Fabric writes them, of organisations made for the test."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fabric_protos.common import common_pb2
from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.peer import (
    chaincode_pb2,
    proposal_pb2,
    proposal_response_pb2,
    transaction_pb2,
)

from tests.unit.audit.authorities import NOW_MS, Channel, Member
from weftwork.audit.audit import Audit
from weftwork.audit.bundle import block_path, opened, write_manifest
from weftwork.audit.certificates import Certificates
from weftwork.audit.findings import Report

CHANNEL = Channel()
CERTIFICATES = Certificates(CHANNEL.configuration())
Record = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """What a call is said to do. `named` is the chaincode in the call's own words."""

    function: str = "Tasks:Get"
    arguments: tuple[str, ...] = ("digits",)
    records: tuple[tuple[tuple[str, ...], Record], ...] = ()
    ranges: int = 0
    chaincode: str = "weftwork"
    named: str = "weftwork"
    answered: str = "weftwork"
    space: str = "weftwork"
    nonce: bytes = b"nonce"

    @property
    def results(self) -> bytes:
        content = kv_rwset_pb2.KVRWSet()
        for key, record in self.records:
            text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            content.writes.add(key="\0".join(["", *key, ""]), value=text.encode())
        for _ in range(self.ranges):
            content.range_queries_info.add(start_key="a", end_key="b", itr_exhausted=True)
        space = rwset_pb2.NsReadWriteSet(namespace=self.space, rwset=content.SerializeToString())
        return bytes(rwset_pb2.TxReadWriteSet(ns_rwset=[space]).SerializeToString())


def envelope(client: Member, what: Written, signers: Sequence[Member]) -> common_pb2.Envelope:
    """A transaction that the client made, and that the signers endorsed."""
    name = chaincode_pb2.ChaincodeID(name=what.named)
    spec = chaincode_pb2.ChaincodeSpec(chaincode_id=name)
    spec.input.args.extend(one.encode() for one in (what.function, *what.arguments))
    invocation = chaincode_pb2.ChaincodeInvocationSpec(chaincode_spec=spec)
    proposal = proposal_pb2.ChaincodeProposalPayload(input=invocation.SerializeToString())
    header = _header(client, what)
    result = proposal_pb2.ChaincodeAction(results=what.results)
    result.chaincode_id.name, result.chaincode_id.version = what.answered, "1"
    hashed = header.channel_header + header.signature_header + proposal.SerializeToString()
    answer = proposal_response_pb2.ProposalResponsePayload(
        proposal_hash=hashlib.sha256(hashed).digest(), extension=result.SerializeToString()
    ).SerializeToString()
    content = transaction_pb2.ChaincodeActionPayload(
        chaincode_proposal_payload=proposal.SerializeToString()
    )
    content.action.proposal_response_payload = answer
    for one in signers:
        content.action.endorsements.add(endorser=one.raw, signature=one.sign(answer + one.raw))
    call = transaction_pb2.Transaction()
    call.actions.add(header=header.signature_header, payload=content.SerializeToString())
    return sealed(client, common_pb2.Payload(header=header, data=call.SerializeToString()))


def sealed(client: Member, payload: common_pb2.Payload) -> common_pb2.Envelope:
    """Signed by the client."""
    raw = payload.SerializeToString()
    return common_pb2.Envelope(payload=raw, signature=client.sign(raw))


def _header(client: Member, what: Written) -> common_pb2.Header:
    name = chaincode_pb2.ChaincodeID(name=what.chaincode)
    extension = proposal_pb2.ChaincodeHeaderExtension(chaincode_id=name)
    channel = common_pb2.ChannelHeader(
        type=common_pb2.ENDORSER_TRANSACTION,
        channel_id="weftwork",
        tx_id=hashlib.sha256(what.nonce + client.raw).hexdigest(),
        extension=extension.SerializeToString(),
    )
    channel.timestamp.FromMilliseconds(NOW_MS)
    signature = common_pb2.SignatureHeader(creator=client.raw, nonce=what.nonce)
    return common_pb2.Header(
        channel_header=channel.SerializeToString(), signature_header=signature.SerializeToString()
    )


def audited(
    folder: Path,
    *blocks: Sequence[tuple[bytes, int]],
    certificates: Certificates = CERTIFICATES,
    treasurers: Sequence[str] = (),
) -> Audit:
    """The audit after blocks of envelopes and their codes.

    That no orderer has signed these blocks is found, too, and taken out of the report.
    """
    (folder / "blocks").mkdir(parents=True)
    for number, content in enumerate(blocks):
        block = common_pb2.Block()
        block.header.number = number
        block.data.data.extend(one for one, _ in content)
        codes = bytes(code for _, code in content)
        block.metadata.metadata.extend([b"", b"", codes])
        (folder / block_path(number)).write_bytes(block.SerializeToString())
    write_manifest(folder, "t", len(blocks), [])
    with opened(folder) as bundle:
        audit = Audit(bundle, Report("t"), treasurers, certificates=certificates)
        audit.check_blocks()
    unsigned = ("orderers", "chain", "roots")
    audit.report.findings = [one for one in audit.report.findings if one.rule not in unsigned]
    return audit
