"""Identities on disk: private at every instant, key and certificate always of one pair."""

import itertools
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.identity.issuing import enrolment
from weftwork.errors import ConfigError, EnvironmentFaultError
from weftwork.files import write_private
from weftwork.identity import (
    Enrolment,
    load_msp,
    load_tls,
    write_identity,
    write_msp,
    write_tls,
)
from weftwork.identity.errors import CertificateMismatchError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "node"


def same(one: Enrolment, other: Enrolment) -> bool:
    return one == other and one.key_pem == other.key_pem


def test_an_identity_comes_back_in_fabrics_layout(folder: Path) -> None:
    signing, tls = enrolment(), enrolment()
    write_identity(folder, signing, tls=tls)
    assert same(load_msp(folder / "msp"), signing)
    assert same(load_tls(folder / "tls"), tls)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "msp/signcerts/cert.pem",
        "msp/keystore/key.pem",
        "msp/cacerts/ca.pem",
        "tls/cert.pem",
        "tls/key.pem",
        "tls/ca.pem",
    }


def test_nothing_is_readable_by_others_at_any_instant(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks at every path before each call that writes a file's content or moves it into place."""
    seen: dict[Path, int] = {}

    def look() -> None:
        for path in folder.parent.rglob("*"):
            seen[path] = seen.get(path, 0) | stat.S_IMODE(path.stat().st_mode)

    def looking(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            look()
            return real(*arguments)

        return call

    for owner, name in ((os, "fsync"), (Path, "rename"), (Path, "replace")):
        monkeypatch.setattr(owner, name, looking(getattr(owner, name)))
    mask = os.umask(0)  # the mask must not be what keeps others out
    try:
        write_identity(folder, enrolment(), tls=enrolment())
        write_identity(folder, enrolment(), tls=enrolment())
    finally:
        os.umask(mask)
    look()
    assert any(path.name == "key.pem" for path in seen)
    assert {path: oct(mode) for path, mode in seen.items() if mode & 0o077} == {}


def test_a_new_pair_replaces_the_old_and_keeps_the_rest(folder: Path) -> None:
    write_msp(folder, enrolment())
    (folder / "config.yaml").write_text("NodeOUs: {}")
    renewed = enrolment()
    write_msp(folder, renewed)
    assert same(load_msp(folder), renewed)
    assert (folder / "config.yaml").read_text() == "NodeOUs: {}"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


class Killed(BaseException):
    """The process ends here."""


def killed_at(step: int, folder: Path, pair: Enrolment, patch: pytest.MonkeyPatch) -> bool:
    """Write `pair`, and die at the so many-th step; return whether there were that many."""
    steps = itertools.count(1)

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if next(steps) == step:
                raise Killed
            return real(*arguments)

        return call

    for owner, name in ((os, "fsync"), (Path, "rename"), (Path, "replace")):
        patch.setattr(owner, name, dying(getattr(owner, name)))
    patch.setattr("shutil.rmtree", lambda *_, **__: None)  # a dead process does not tidy up
    try:
        write_tls(folder, pair)
    except Killed:
        return True
    return False


def test_a_write_that_dies_at_any_step_leaves_a_pair(folder: Path) -> None:
    old, new = enrolment(), enrolment()
    for step in itertools.count(1):
        write_tls(folder, old)
        with pytest.MonkeyPatch.context() as patch:
            killed = killed_at(step, folder, new, patch)
        found = load_tls(folder)
        if not killed:
            break
        assert same(found, old)
    assert same(found, new)
    assert (
        step == 12
    )  # three files synced, named and synced again, the old folder aside, the new in
    write_tls(folder, new)
    assert list(folder.parent.iterdir()) == [folder]


def test_key_and_certificate_of_two_pairs_are_refused(folder: Path) -> None:
    write_tls(folder, enrolment())
    write_private(folder / "key.pem", enrolment().key_pem)
    with pytest.raises(CertificateMismatchError, match=r"node\.factory1"):
        load_tls(folder)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_key_that_others_may_read_is_refused(folder: Path, mode: int) -> None:
    write_tls(folder, enrolment())
    (folder / "key.pem").chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_tls(folder)


def test_what_is_not_there(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"keystore/key\.pem: no such file"):
        load_msp(folder)


def test_what_is_no_certificate(folder: Path) -> None:
    write_tls(folder, enrolment())
    (folder / "cert.pem").write_bytes(b"-----BEGIN nothing")
    with pytest.raises(ConfigError, match=r"cert\.pem: not a certificate"):
        load_tls(folder)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EnvironmentFaultError, match="cannot be written: File exists"):
        write_tls(tmp_path / "file" / "tls", enrolment())
