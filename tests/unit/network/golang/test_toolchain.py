import sys
from pathlib import Path

import pytest

from network.golang import toolchain
from network.golang.toolchain import (
    find_toolchain,
    go_environment,
    needed_version,
    parse_version,
    path_toolchain,
)
from network.steps.process import run
from weftwork.errors import EnvironmentFaultError


def fake_go(folder: Path, version: str) -> Path:
    """What answers `go version` as a toolchain of that version does."""
    folder.mkdir(parents=True, exist_ok=True)
    go = folder / "go"
    go.write_text(f"#!/bin/sh\necho go version go{version} linux/amd64\n")
    go.chmod(0o755)
    return go


@pytest.fixture
def only_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder on PATH; no toolchain lies in any virtual environment."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setattr(toolchain, "REPOSITORY", tmp_path)
    return tmp_path / "path"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("go version go1.26rc1 linux/amd64", (1, 26)),
        ("go version devel go1.27-8a0b3e6 linux/amd64", (1, 27)),
        ("1.25.0", (1, 25, 0)),
        ("command not found", ()),
    ],
)
def test_versions_are_read(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


def test_the_strictest_module_decides(tmp_path: Path) -> None:
    for name, version in (("a", "1.24.2"), ("b", "1.25.0"), ("c", "1.9")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "go.mod").write_text(f"module {name}\n\ngo {version}\n")
    modules = (tmp_path / name for name in "abc")
    assert needed_version(*modules) == (1, 25, 0)


async def test_a_go_on_path_that_is_new_enough_is_taken(only_path: Path) -> None:
    go = fake_go(only_path, "1.25.0")
    assert (await find_toolchain((1, 25, 0))).go == go


async def test_one_that_is_too_old_gives_way_to_the_installed_wheel(
    only_path: Path, tmp_path: Path
) -> None:
    fake_go(only_path, "1.24.9")
    installed = fake_go(tmp_path / ".venv" / "bin", "1.26.6")
    assert await path_toolchain((1, 25, 0)) is None
    assert (await find_toolchain((1, 25, 0))).go == installed


async def test_one_that_is_too_old_is_named_with_what_is_needed(only_path: Path) -> None:
    go = fake_go(only_path, "1.21.3")
    with pytest.raises(EnvironmentFaultError) as caught:
        await find_toolchain((1, 25, 0))
    assert f"no Go 1.25.0 or newer ({go} is 1.21.3)" in str(caught.value)
    assert caught.value.exit_code == 10


async def test_none_at_all_is_said(only_path: Path) -> None:
    with pytest.raises(EnvironmentFaultError, match=r"there is no go on PATH.*make setup"):
        await find_toolchain((1, 25, 0))


async def test_a_go_that_does_not_run_is_none(only_path: Path) -> None:
    fake_go(only_path, "1.26.0").write_text("not a program")
    assert await path_toolchain((1, 0)) is None


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder where nothing is configured."""
    for name in ("GOPATH", "GOMODCACHE", "GOCACHE", "GOENV", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


async def asked(go: Path, name: str) -> str:
    """Where that toolchain keeps things, as it says itself."""
    return (await run([go, "env", name], environment=go_environment())).lines[-1]


@pytest.mark.parametrize("name", ["GOMODCACHE", "GOCACHE"])
async def test_what_go_keeps_lies_in_the_cache_folder(go: Path, own_home: Path, name: str) -> None:
    assert (await asked(go, name)).startswith(f"{own_home}/.cache/")


@pytest.mark.parametrize(("name", "inside"), [("GOPATH", "pkg/mod"), ("GOMODCACHE", "")])
async def test_a_folder_that_the_user_chose_for_modules_is_kept(
    go: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch, name: str, inside: str
) -> None:
    monkeypatch.setenv(name, str(own_home / "chosen"))
    assert await asked(go, "GOMODCACHE") == str(own_home / "chosen" / inside)
