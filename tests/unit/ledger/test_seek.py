import pytest

from weftwork.ledger.checkpoint import MemoryCheckpoint
from weftwork.ledger.seek import start_position


def test_without_a_position_the_next_block() -> None:
    assert start_position(None, MemoryCheckpoint()).WhichOneof("Type") == "next_commit"


def test_a_start_block() -> None:
    assert start_position(0, None).specified.number == 0


def test_a_checkpoint_goes_before_the_start_block() -> None:
    checkpoint = MemoryCheckpoint()
    assert start_position(3, checkpoint).specified.number == 3
    checkpoint.checkpoint_block(7)
    assert start_position(3, checkpoint).specified.number == 8


def test_blocks_count_from_0() -> None:
    with pytest.raises(ValueError, match="start_block -1"):
        start_position(-1, None)
