"""Where a stream of events starts, as the orderers' protocol says it."""

from typing import Any

from fabric_protos.orderer import ab_pb2

from weftwork.ledger.checkpoint import Checkpoint

__all__ = ["start_position"]


def start_position(start_block: int | None, checkpoint: Checkpoint | None) -> Any:
    """The `orderer.SeekPosition`: the checkpoint's, else `start_block`, else the next block."""
    if checkpoint is not None and checkpoint.block_number is not None:
        start_block = checkpoint.block_number
    if start_block is None:
        return ab_pb2.SeekPosition(next_commit=ab_pb2.SeekNextCommit())
    if start_block < 0:
        raise ValueError(f"start_block {start_block}: blocks count from 0")
    return ab_pb2.SeekPosition(specified=ab_pb2.SeekSpecified(number=start_block))
