"""What keeps a node from starting."""

from pathlib import Path

import pytest

from provider_node.serve import _sole_user_of
from weftwork.errors import EnvironmentFaultError


def test_two_nodes_do_not_share_a_store(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with (
        _sole_user_of(folder),
        pytest.raises(EnvironmentFaultError, match="another provider_node uses this store"),
        _sole_user_of(folder),
    ):
        pytest.fail("two nodes at once")
    with _sole_user_of(folder):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_store_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(EnvironmentFaultError, match="file/store"),
        _sole_user_of(tmp_path / "file" / "store"),
    ):
        pytest.fail("below a file")
