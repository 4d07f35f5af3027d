import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.binaries import CA, CONFIGURED, CORE, Component, ensure, locate, on_path, version_of
from weftwork.errors import EnvironmentFaultError


def program(folder: Path, name: str, version: str) -> Path:
    """What answers `version` (configtxgen: `-version`) as Fabric's programs do."""
    folder.mkdir(parents=True, exist_ok=True)
    question = "-version" if name == "configtxgen" else "version"
    path = folder / name
    path.write_text(
        f'#!/bin/sh\n[ "$1" = {question} ] || exit 1\n'
        f"echo {name}:\necho ' Version: {version}'\necho ' Go version: go1.26.8'\n"
    )
    path.chmod(0o755)
    return path


def install(folder: Path, fabric: str = "v3.1.1", ca: str = "v1.5.21") -> Path:
    for component, version in ((CORE, fabric), (CA, ca)):
        for name in component.programs:
            program(folder, name, version)
    return folder


@pytest.fixture(autouse=True)
def nothing_there(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own, nothing of Fabric and no Go on PATH, no folder configured."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv(CONFIGURED, raising=False)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    return tmp_path / "path"


def fill_cache() -> None:
    for component in (CORE, CA):
        for built in component.recipe().programs().values():
            program(built.parent, built.name, component.release)


@pytest.mark.parametrize(
    ("component", "version", "suits"),
    [
        (CORE, (3, 1, 1), True),
        (CORE, (3, 1, 4), True),
        (CORE, (3, 1, 0), False),
        (CORE, (3, 2, 0), False),
        (CORE, (2, 5, 12), False),
        (CORE, (), False),
        (CA, (1, 5, 21), True),
        (CA, (1, 5, 3), False),  # older, though it is greater as text
        (CA, (1, 5, 100), True),
    ],
)
def test_the_same_line_and_not_older(
    component: Component, version: tuple[int, ...], suits: bool
) -> None:
    assert component.suits(version) is suits


@given(st.tuples(*[st.integers(0, 10_000)] * 3))
def test_what_suits_is_exactly_a_later_patch(version: tuple[int, int, int]) -> None:
    assert CORE.suits(version) == (version[:2] == (3, 1) and version[2] >= 1)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.1.1", (3, 1, 1)),
        ("1.5.21", (1, 5, 21)),
        ("v3.1.2-beta", ()),
        ("latest", ()),
    ],
)
async def test_a_programs_version_is_read(
    text: str, version: tuple[int, ...], tmp_path: Path
) -> None:
    for name in ("peer", "configtxgen"):
        assert await version_of(program(tmp_path, name, text)) == version


async def test_a_program_that_does_not_run_has_no_version(tmp_path: Path) -> None:
    broken = program(tmp_path, "peer", "v3.1.1")
    broken.write_text("half a program")
    assert await version_of(broken) == ()
    assert await version_of(tmp_path / "absent") == ()


def test_a_configured_folder_comes_first(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(path)
    fill_cache()
    monkeypatch.setenv(CONFIGURED, str(install(tmp_path / "mine", fabric="v3.1.3")))
    assert ensure().peer == tmp_path / "mine" / "peer"
    assert ensure(folder=install(tmp_path / "other")).peer == tmp_path / "other" / "peer"


def test_a_configured_folder_of_an_older_version_is_refused(tmp_path: Path) -> None:
    fill_cache()
    folder = install(tmp_path / "mine", ca="v1.5.15")
    with pytest.raises(EnvironmentFaultError) as caught:
        ensure(folder=folder)
    assert str(caught.value).startswith(
        f"{folder}/fabric-ca-server is version 1.5.15: Fabric CA v1.5.21 or a later 1.5 is needed"
    )


def test_a_configured_folder_that_lacks_a_program_is_refused(tmp_path: Path) -> None:
    folder = install(tmp_path / "mine")
    (folder / "orderer").unlink()
    with pytest.raises(EnvironmentFaultError, match="mine/orderer is not there or does not run"):
        ensure(folder=folder)


def test_path_comes_before_the_cache(path: Path) -> None:
    install(path)
    fill_cache()
    assert ensure().orderer == path / "orderer"


def test_an_older_fabric_on_path_is_passed_over_but_its_ca_is_taken(path: Path) -> None:
    install(path, fabric="v2.5.12")
    fill_cache()
    found = ensure()
    assert found.peer == CORE.recipe().programs()["peer"]
    assert found.fabric_ca_server == path / "fabric-ca-server"


async def test_programs_on_path_are_taken_together_or_not_at_all(path: Path) -> None:
    install(path)
    program(path, "configtxgen", "v3.0.0")
    assert await on_path(CORE) is None


def test_the_cache_serves_where_there_is_no_go() -> None:
    fill_cache()
    found = ensure()
    assert found.configtxgen == CORE.recipe().programs()["configtxgen"]


def test_locating_builds_nothing_and_names_where_they_would_be(path: Path) -> None:
    assert locate().orderer == CORE.recipe().programs()["orderer"]
    assert not CORE.recipe().folder().exists()
    install(path)
    assert locate().orderer == path / "orderer"


def test_without_go_or_anything_built_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.setattr("network.golang.toolchain.REPOSITORY", tmp_path)
    with pytest.raises(EnvironmentFaultError, match=r"^no Go 1\.\d+.* or newer .*install one"):
        ensure()


def test_a_program_that_is_missing_from_the_cache_has_the_rest_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_cache()
    CORE.recipe().programs()["orderer"].unlink()
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.setattr("network.golang.toolchain.REPOSITORY", tmp_path)
    with pytest.raises(EnvironmentFaultError, match="no Go"):  # it does try to build
        ensure()


def test_each_pin_has_its_folder_of_the_cache(cache: Path) -> None:
    recipe = CORE.recipe()
    assert recipe.folder().parent == cache
    assert recipe.folder().name.startswith("fabric-v3.1.1-")
    assert CA.recipe().folder() != recipe.folder()


async def test_ensure_can_be_awaited_where_a_loop_runs() -> None:
    fill_cache()
    assert (await asyncio.to_thread(ensure)).peer.exists()
