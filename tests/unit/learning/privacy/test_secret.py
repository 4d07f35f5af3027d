"""The secret on the disk, and the keys that follow from it."""

import stat
from pathlib import Path

import pytest

from weftwork.errors import EnvironmentFaultError, IntegrityError
from weftwork.learning.privacy.secret import derived, identity, kept_secret


def test_a_secret_is_drawn_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    drawn = kept_secret(path)
    assert len(drawn) == 32
    assert kept_secret(path) == drawn
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept_secret(tmp_path / "other") != drawn


@pytest.mark.parametrize("content", [b"", bytes(31), bytes(33)])
def test_a_damaged_secret_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match=f"has {len(content)} bytes"):
        kept_secret(path)
    assert path.read_bytes() == content


def test_a_secret_that_cannot_be_kept_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFaultError):
        kept_secret(tmp_path / "no folder" / "secret")
    with pytest.raises(EnvironmentFaultError):
        kept_secret(tmp_path)  # a folder is no secret


def test_each_use_has_a_key_of_its_own() -> None:
    uses: list[tuple[str | int, ...]] = [(), ("a",), ("a", 1), ("a", "1"), ("a", 11), ("a\n1",)]
    keys = {derived(secret, *use) for secret in (bytes(32), b"\1" * 32) for use in uses}
    assert len(keys) == 2 * len(uses)
    assert all(len(key) == 32 for key in keys)


def test_a_key_never_changes() -> None:
    """A round that is resumed by a later version draws the same noise."""
    assert derived(bytes(32), "epoch", 3).hex() == (
        "bfc435b6662e4b4c8a280ecff7563a593f4adb0b693d54ec94b250e3c72df35e"
    )


def test_the_name_of_a_secret_does_not_contain_it() -> None:
    secret = bytes(range(32))
    assert identity(secret) == identity(secret) != identity(bytes(32))
    assert identity(secret) not in secret.hex()
    assert derived(secret, "identity").hex() != identity(secret)
