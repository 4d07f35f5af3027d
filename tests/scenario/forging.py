"""What somebody does to an exported bundle to hide something: consistently, hashes and all."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fabric_protos.common import common_pb2
from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.peer import proposal_pb2, proposal_response_pb2, transaction_pb2

from weftwork.audit.blocks import parse_block
from weftwork.audit.bundle import Bundle, block_path, write_manifest

__all__ = ["edit_artifact", "edit_calls", "edit_code", "forge_endorsement", "forge_record"]

Record = dict[str, Any]
Action = Any  # a ChaincodeActionPayload
Edit = Callable[[Action], bool]


def edit_artifact(folder: Path, digest: str) -> None:
    """Change a byte of an artifact, and have the manifest say so."""
    path = folder / "artifacts" / "sha256" / digest[:2] / digest
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    _finish(folder)


def edit_code(folder: Path, code: int) -> int:
    """Note the newest transaction with another validation code; the number of its block.

    No signature covers the codes, and no hash.
    """
    number = Bundle.read(folder).blocks - 1
    path = folder / block_path(number)
    block = common_pb2.Block.FromString(path.read_bytes())
    codes = bytearray(block.metadata.metadata[common_pb2.TRANSACTIONS_FILTER])
    codes[-1] = code
    block.metadata.metadata[common_pb2.TRANSACTIONS_FILTER] = bytes(codes)
    path.write_bytes(block.SerializeToString())
    _finish(folder)
    return number


def edit_calls(folder: Path, edit: Edit) -> None:
    """Change the first call that `edit` changes, and every hash that follows from it."""
    before, edited = b"", False
    for number in range(Bundle.read(folder).blocks):
        path = folder / block_path(number)
        block = common_pb2.Block.FromString(path.read_bytes())
        if not edited:
            edited = _edit(block, edit)
        if edited:
            block.header.data_hash = hashlib.sha256(b"".join(block.data.data)).digest()
            block.header.previous_hash = before
            path.write_bytes(block.SerializeToString())
        before = parse_block(block.SerializeToString()).hash
    assert edited
    _finish(folder)


def forge_record(kind: str, task: str, change: Callable[[Record], None]) -> Edit:
    """Change what a call writes: the record of `task` of this kind."""

    def edit(action: Action) -> bool:
        answer = proposal_response_pb2.ProposalResponsePayload.FromString(
            action.action.proposal_response_payload
        )
        result = proposal_pb2.ChaincodeAction.FromString(answer.extension)
        results = rwset_pb2.TxReadWriteSet.FromString(result.results)
        prefix = f"\0{kind}\0{task}\0"
        if not any(_rewrite(space, prefix, change) for space in results.ns_rwset):
            return False
        result.results = results.SerializeToString()
        answer.extension = result.SerializeToString()
        action.action.proposal_response_payload = answer.SerializeToString()
        return True

    return edit


def forge_endorsement(action: Action) -> bool:
    """Give one organisation's signature of a commit for another's."""
    if b"Rounds:Commit" not in action.chaincode_proposal_payload:
        return False
    first, second = action.action.endorsements[:2]
    second.signature = first.signature
    return True


def _rewrite(space: Any, prefix: str, change: Callable[[Record], None]) -> bool:
    content = kv_rwset_pb2.KVRWSet.FromString(space.rwset)
    chosen = [write for write in content.writes if write.key.startswith(prefix)]
    for write in chosen:
        record = json.loads(write.value)
        change(record)
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        write.value = text.encode()
    space.rwset = content.SerializeToString()
    return bool(chosen)


def _edit(block: Any, edit: Edit) -> bool:
    """Change the first call of the block that `edit` changes."""
    for index, raw in enumerate(block.data.data):
        envelope = common_pb2.Envelope.FromString(raw)
        payload = common_pb2.Payload.FromString(envelope.payload)
        header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
        if header.type != common_pb2.ENDORSER_TRANSACTION:
            continue
        transaction = transaction_pb2.Transaction.FromString(payload.data)
        action = transaction_pb2.ChaincodeActionPayload.FromString(transaction.actions[0].payload)
        if edit(action):
            transaction.actions[0].payload = action.SerializeToString()
            payload.data = transaction.SerializeToString()
            envelope.payload = payload.SerializeToString()
            block.data.data[index] = envelope.SerializeToString()
            return True
    return False


def _finish(folder: Path) -> None:
    bundle = Bundle.read(folder)
    write_manifest(folder, bundle.task, bundle.blocks, [])
