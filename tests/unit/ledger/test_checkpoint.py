import json
import os
from pathlib import Path

import pytest

from weftwork.errors import ConfigError, EnvironmentFaultError
from weftwork.ledger.chaincode_event import ChaincodeEvent
from weftwork.ledger.checkpoint import FileCheckpoint, MemoryCheckpoint

EVENT = ChaincodeEvent(7, "abc", "weftwork", "name", b"")


def position(checkpoint: MemoryCheckpoint) -> tuple[int | None, str | None]:
    return checkpoint.block_number, checkpoint.transaction_id


@pytest.fixture(params=["memory", "file"])
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryCheckpoint:
    return MemoryCheckpoint() if request.param == "memory" else FileCheckpoint(tmp_path / "at")


def test_a_new_checkpoint_has_no_position(checkpoint: MemoryCheckpoint) -> None:
    assert position(checkpoint) == (None, None)


def test_after_a_block_comes_the_next_block(checkpoint: MemoryCheckpoint) -> None:
    checkpoint.checkpoint_block(7)
    assert position(checkpoint) == (8, None)


def test_after_a_transaction_its_block_goes_on(checkpoint: MemoryCheckpoint) -> None:
    checkpoint.checkpoint_transaction(7, "abc")
    assert position(checkpoint) == (7, "abc")


def test_after_an_event_its_block_goes_on(checkpoint: MemoryCheckpoint) -> None:
    checkpoint.checkpoint_block(2)
    checkpoint.checkpoint_chaincode_event(EVENT)
    assert position(checkpoint) == (7, "abc")


def test_a_file_survives_the_program(tmp_path: Path) -> None:
    FileCheckpoint(tmp_path / "at").checkpoint_chaincode_event(EVENT)
    assert position(FileCheckpoint(tmp_path / "at")) == (7, "abc")


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"block_number": "7", "transaction_id": null}', '{"block_number": 7}'],
)
def test_another_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "at").write_text(content)
    with pytest.raises(ConfigError, match="at: is no checkpoint"):
        FileCheckpoint(tmp_path / "at")


def test_a_write_that_fails_keeps_the_old_position(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = FileCheckpoint(tmp_path / "at")
    checkpoint.checkpoint_block(1)

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(EnvironmentFaultError, match="at: cannot be written: No space"):
        checkpoint.checkpoint_block(2)
    assert position(checkpoint) == (2, None)
    assert json.loads((tmp_path / "at").read_text())["block_number"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["at"]
