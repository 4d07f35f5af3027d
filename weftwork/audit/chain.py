"""The chain of blocks: each names the hash of the one before, and of its own transactions."""

import hashlib

from weftwork.audit.blocks import Block
from weftwork.audit.findings import require

__all__ = ["check_chain"]


def check_chain(block: Block, number: int, before: Block | None) -> None:
    """Check that `block` is number `number`, and follows the one `before`. Raises `Broken`."""
    require(block.number == number, f"its header says that it is block {block.number}")
    found = hashlib.sha256(b"".join(block.data)).digest()
    require(
        block.data_hash == found,
        f"data_hash is {block.data_hash.hex()}, its transactions have {found.hex()}",
    )
    expected = before.hash if before else b""
    require(
        block.previous_hash == expected,
        f"previous_hash is {block.previous_hash.hex()}, the block before has {expected.hex()}",
    )
