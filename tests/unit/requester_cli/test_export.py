"""What goes into a bundle."""

from pathlib import Path

import pytest

from requester_cli.export import copied
from weftwork.errors import EnvironmentFaultError


def test_what_a_store_has_is_copied(tmp_path: Path) -> None:
    kept, target = tmp_path / "kept", tmp_path / "target"
    assert not copied(kept, target)
    kept.write_bytes(b"x")
    assert copied(kept, target)
    assert target.read_bytes() == b"x"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.symlink_to("/proc/self/mem")  # opens, and cannot be read where nothing is mapped
    with pytest.raises(EnvironmentFaultError, match=f"^{kept}: cannot be copied into the bundle: "):
        copied(kept, tmp_path / "target")
