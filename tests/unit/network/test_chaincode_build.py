import shutil
from pathlib import Path

import pytest

from network.chaincode_build import build_chaincode, chaincode_recipe
from weftwork.errors import NotFoundError


@pytest.fixture
def module(tmp_path: Path, cache: Path) -> Path:
    folder = tmp_path / "module"
    (folder / "cmd" / "weftwork").mkdir(parents=True)
    (folder / "go.mod").write_text("module example\n\ngo 1.24\n")
    (folder / "cmd" / "weftwork" / "main.go").write_text("package main\n\nfunc main() {}\n")
    return folder


def test_it_builds_once(module: Path) -> None:
    program = build_chaincode(module)
    written = program.stat().st_mtime_ns
    assert program.name == "weftwork"
    assert build_chaincode(module).stat().st_mtime_ns == written


def test_where_the_module_lies_does_not_matter_what_is_in_it_does(
    module: Path, tmp_path: Path
) -> None:
    here = chaincode_recipe(module).folder()
    copy = shutil.copytree(module, tmp_path / "copy")
    assert chaincode_recipe(copy).folder() == here
    (copy / "cmd" / "weftwork" / "more.go").write_text("package main\n")
    assert chaincode_recipe(copy).folder() != here


def test_tests_decide_nothing(module: Path) -> None:
    before = chaincode_recipe(module).folder()
    (module / "cmd" / "weftwork" / "main_test.go").write_text("package main\n")
    (module / "testdata").mkdir()
    (module / "testdata" / "case.json").write_text("{}")
    assert chaincode_recipe(module).folder() == before


def test_a_folder_without_a_module_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=f"{tmp_path}: no chaincode there"):
        build_chaincode(tmp_path)
