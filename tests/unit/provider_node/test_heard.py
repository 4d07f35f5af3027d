"""How far events were heard, with a file that can be read and written, and one that cannot."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from provider_node.heard import Heard
from weftwork.ledger import ChaincodeEvent


def event(block_number: int) -> ChaincodeEvent:
    return ChaincodeEvent(block_number, f"tx{block_number}", "weftwork", "name", b"")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "store").mkdir()
    return tmp_path / "store" / "events.json"


def test_it_is_taken_up_after_a_restart(path: Path) -> None:
    Heard(path).checkpoint_chaincode_event(event(7))
    again = Heard(path)
    assert (again.block_number, again.transaction_id) == (7, "tx7")


def test_one_that_cannot_be_read_is_forgotten(path: Path) -> None:
    path.write_text("{")
    with capture_logs() as lines:
        assert Heard(path).block_number is None
    assert [line["event"] for line in lines] == ["events are heard from now on"]
    assert not path.exists()


def test_a_disk_that_cannot_be_written_stops_nothing(path: Path) -> None:
    heard = Heard(path)
    path.parent.rmdir()
    with capture_logs() as lines:
        heard.checkpoint_chaincode_event(event(7))
    assert (heard.block_number, heard.transaction_id) == (7, "tx7")
    assert [line["event"] for line in lines] == ["what was heard is not noted"]
    assert "events.json: cannot be written" in lines[0]["reason"]
    path.parent.mkdir()
    heard.checkpoint_chaincode_event(event(8))
    assert Heard(path).block_number == 8, "noted again as soon as there is room"
