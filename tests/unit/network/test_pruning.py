import os
from pathlib import Path

import pytest

from network import deployment, pruning
from network.chaincode_build import build_chaincode, chaincode_recipe
from network.deployment import Deployment
from network.layout import Home
from network.package import Chaincode
from network.steps.cache import cache_folder


def _folder(path: Path, program: str, age: int) -> Path:
    path.mkdir(parents=True)
    (path / program).write_text("")
    (path / program).chmod(0o755)
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return path


def test_the_newest_and_those_in_use_stay(tmp_path: Path) -> None:
    folders = [_folder(tmp_path / str(age), "program", age) for age in range(5)]
    pruning.keep_newest([*folders, tmp_path / "absent"], 2, used={folders[4]})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "4"]


def test_copies_of_a_chaincode_are_forgotten_but_not_another_ones(tmp_path: Path) -> None:
    home = Home(tmp_path)
    old = [_folder(home.chaincodes / f"weftwork_{age}", "weftwork", age) for age in range(6)]
    _folder(home.chaincodes / "probe_1", "probe", 9)
    deployed = Deployment(name="weftwork", binary=old[5] / "weftwork", ports={})
    deployment.remember(home, [deployed])
    deployment.forget_old(home, "weftwork")
    left = {path.name for path in home.chaincodes.iterdir() if path.is_dir()}
    assert left == {"weftwork_0", "weftwork_1", "weftwork_2", "weftwork_5", "probe_1"}


def test_the_cache_keeps_the_builds_that_were_asked_for_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = tmp_path / "source"
    source.mkdir()
    (source / "go.mod").write_text("module example\n")
    wanted = _folder(chaincode_recipe(source).folder(), "weftwork", 1000)
    for age in range(1, 8):
        _folder(cache_folder() / f"chaincode-{age}", "weftwork", age)
    other = _folder(cache_folder() / "fabric-v3.1.1", "peer", 2000)
    assert build_chaincode(source) == wanted / "weftwork"
    left = set(cache_folder().iterdir())
    assert left == {wanted, other, *(cache_folder() / f"chaincode-{age}" for age in range(1, 5))}


def test_what_is_written_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "chaincodes"
    seen: list[tuple[int, bool]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        fsync(descriptor)
        seen.append((os.fstat(descriptor).st_size, any(target.glob("probe_*/probe"))))

    monkeypatch.setattr(os, "fsync", watched)
    program = tmp_path / "built"
    program.write_bytes(b"program")
    deployment.keep(Home(tmp_path), Chaincode("probe", program))
    assert seen[0] == (len(b"program"), False)
    assert [named for _, named in seen] == [False, True], "and then the folder with the name"
