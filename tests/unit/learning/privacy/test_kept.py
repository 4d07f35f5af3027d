"""What a node keeps of a private task: the secret, and what was told under it."""

import stat
from pathlib import Path

import pytest

from tests.unit.learning.privacy.examples import plan
from weftwork.errors import EnvironmentFaultError, IntegrityError
from weftwork.learning.privacy.kept import Kept, labels_told
from weftwork.learning.privacy.secret import drawn


def test_all_of_it_is_read_as_it_was_written_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    kept = Kept(secret=drawn(), data="pumps", plan=plan(), labels=(3, 0, 5))
    kept.save(path)
    assert Kept.load(path) == kept
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_task_that_nothing_is_kept_of(tmp_path: Path) -> None:
    assert Kept.load(tmp_path / "secret") is None
    with pytest.raises(IntegrityError, match="secret is gone"):
        labels_told(tmp_path / "secret", [1, 2], keep=True)


WHOLE = Kept(secret=bytes(32), data="pumps", plan=plan()).model_dump_json().encode()


@pytest.mark.parametrize(
    "content",
    [b"", bytes(32), b"{}", b'{"secret": 5}', WHOLE[:-1], WHOLE.replace(b"00", b"", 1)],
    ids=["nothing", "32 bytes", "no secret", "another thing", "cut off", "31 bytes"],
)
def test_what_is_damaged_is_neither_replaced_nor_shown(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match="is damaged") as caught:
        Kept.load(path)
    assert caught.value.__cause__ is None
    assert str(caught.value) == f"{path}: is damaged: it holds no task's secret"
    assert path.read_bytes() == content


def test_what_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFaultError):
        Kept.load(tmp_path)
    with pytest.raises(EnvironmentFaultError):
        Kept(secret=drawn(), data="pumps", plan=plan()).save(tmp_path / "no folder" / "secret")


def test_a_secret_is_not_shown_by_accident() -> None:
    secret = drawn()
    shown = repr(Kept(secret=secret, data="pumps", plan=plan()))
    assert "pumps" in shown
    assert secret.hex() not in shown
    assert repr(secret) not in shown


def test_label_counts_are_told_once(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    Kept(secret=drawn(), data="pumps", plan=plan()).save(path)
    assert list(labels_told(path, [5, 5], keep=False)) == [5, 5], "one of several processes asks"
    assert list(labels_told(path, [7, 8], keep=True)) == [7, 8]
    assert list(labels_told(path, [9, 9], keep=False)) == [7, 8]
    assert list(labels_told(path, [9, 9], keep=True)) == [7, 8]
    kept = Kept.load(path)
    assert kept is not None
    assert kept.plan == plan(), "the rest is as it was"
