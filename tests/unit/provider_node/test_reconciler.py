"""Where the node begins to listen."""

from pathlib import Path

from provider_node.reconciler import _checkpoint


def test_a_checkpoint_that_cannot_be_read_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_text("{")
    assert _checkpoint(path).block_number is None
    assert not path.exists()


def test_one_that_can_be_read_is_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    _checkpoint(path).checkpoint_transaction(7, "abc")
    assert _checkpoint(path).block_number == 7
