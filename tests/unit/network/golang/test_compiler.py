import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from network.golang.compiler import Compiler, Recipe
from network.steps.process import run
from network.steps.progress import Progress
from tests.unit.network.golang.conftest import HELLO, MakeRecipe
from weftwork.errors import EnvironmentFaultError


class Told(list[Progress]):
    """What a build reported."""

    def phases(self) -> set[str]:
        return {progress.phase for progress in self}


@pytest.fixture
def told() -> Told:
    return Told()


async def build(recipe: Recipe, told: Told) -> Path:
    return (await Compiler(told.append).build(recipe))["hello"]


def contents(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


async def test_builds_a_program_that_runs_and_leaves_nothing_else(
    make_recipe: MakeRecipe, told: Told, cache: Path
) -> None:
    recipe = make_recipe()
    program = await build(recipe, told)
    assert (await run([program])).lines == ("hello",)
    assert program.is_relative_to(cache)
    assert contents(recipe.folder()) == {"hello"}
    assert told.phases() >= {"starting", "compiling", "ready"}


async def test_a_built_program_needs_no_go(
    make_recipe: MakeRecipe, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await build(make_recipe(), Told())
    monkeypatch.setenv("PATH", "")
    assert await build(make_recipe(), told) == program
    assert told.phases() == {"ready"}


async def test_another_source_is_another_program(make_recipe: MakeRecipe, told: Told) -> None:
    first = await build(make_recipe(), told)
    second = await build(make_recipe(HELLO.replace("hello", "goodbye")), told)
    assert first != second
    assert first.exists()


async def test_what_a_killed_build_left_is_not_used(make_recipe: MakeRecipe, told: Told) -> None:
    recipe = make_recipe()
    half = recipe.folder() / ".building" / "hello"
    half.parent.mkdir(parents=True)
    half.write_text("half a program")
    half.chmod(0o755)
    program = await build(recipe, told)
    assert program.stat().st_size > 100_000
    assert contents(recipe.folder()) == {"hello"}


async def test_a_program_is_on_the_disk_before_it_is_in_its_place(
    make_recipe: MakeRecipe, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, fsync = make_recipe(), os.fsync
    [path] = recipe.programs().values()
    synced: list[int] = []

    def watched(descriptor: int) -> None:
        fsync(descriptor)
        assert not path.exists()
        synced.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", watched)
    program = await build(recipe, told)
    assert synced == [program.stat().st_ino]


async def test_a_program_that_its_check_refuses_is_not_kept(
    make_recipe: MakeRecipe, told: Told
) -> None:
    async def refuse(program: Path) -> None:
        assert program.exists()
        raise EnvironmentFaultError("wrong version")

    recipe = replace(make_recipe(), check=refuse)
    with pytest.raises(EnvironmentFaultError, match="wrong version"):
        await build(recipe, told)
    assert contents(recipe.folder()) == set()


async def test_two_at_once_share_the_work(make_recipe: MakeRecipe) -> None:
    recipe, first, second = make_recipe(), Told(), Told()
    programs = await asyncio.gather(build(recipe, first), build(recipe, second))
    assert programs[0] == programs[1]
    worked, waited = (first, second) if "compiling" in first.phases() else (second, first)
    assert "compiling" in worked.phases()
    assert waited.phases() == {"waiting for another build of the same", "ready"}


async def test_a_source_that_does_not_compile_is_named(make_recipe: MakeRecipe, told: Told) -> None:
    recipe = make_recipe(HELLO.replace("println", "mumble"))
    with pytest.raises(EnvironmentFaultError, match=r"building Hello failed: .*undefined: mumble"):
        await build(recipe, told)
    assert contents(recipe.folder()) == {"build.log"}


async def test_a_missing_c_compiler_is_said_before_anything_is_compiled(
    make_recipe: MakeRecipe,
    told: Told,
    go: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "go").symlink_to(go.resolve())
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(EnvironmentFaultError, match="no working C compiler; install one"):
        await build(make_recipe(cgo=True), told)
    assert "compiling" not in told.phases()


async def test_a_cache_that_cannot_be_written_is_named(
    make_recipe: MakeRecipe, told: Told, cache: Path
) -> None:
    recipe = make_recipe()
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    with pytest.raises(EnvironmentFaultError, match=f"building Hello: .*{cache}"):
        await build(recipe, told)


async def test_a_cancelled_build_leaves_no_work_behind(make_recipe: MakeRecipe) -> None:
    recipe, started = make_recipe(), asyncio.Event()
    compiler = Compiler(lambda told: started.set() if told.phase == "compiling" else None)
    task = asyncio.create_task(compiler.build(recipe))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert contents(recipe.folder()) == set()
