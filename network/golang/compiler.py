"""Compile the programs of a Go module into a folder of the cache, where they only appear whole."""

import asyncio
import errno
import hashlib
import os
import platform
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from network.golang.toolchain import Toolchain, find_toolchain, go_environment, needed_version
from network.steps.cache import cache_folder
from network.steps.diagnosis import explain, no_c_compiler
from network.steps.lock import locked
from network.steps.process import run
from network.steps.progress import READY, OnProgress, Progress, silent
from weftwork.errors import EnvironmentFaultError

# Stripped, and free of this machine's paths: same source, same bytes.
_FLAGS = ("-trimpath",)
_STRIP = "-s -w"


async def _accept(_: Path) -> None:
    """A program that compiled is good."""


@dataclass(frozen=True)
class Recipe:
    """What to build: `packages` of the module in `directory`, each a program named by its end.

    `inputs` are the files that decide the result; another content is another cache folder.
    `check` raises WeftworkError if a program that was built is not to be used.
    """

    title: str
    name: str
    directory: Path
    packages: tuple[str, ...]
    inputs: tuple[Path, ...]
    ldflags: str = ""
    cgo: bool = False
    check: Callable[[Path], Awaitable[None]] = field(default=_accept, compare=False)

    def folder(self) -> Path:
        """Where the programs are in the cache, by the content of everything that decides them."""
        digest = hashlib.sha256(repr((_FLAGS, self.ldflags, self.packages, self.cgo)).encode())
        for path in self.inputs:
            name = path.relative_to(self.directory).as_posix()
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{name} {content}\n".encode())
        machine = f"{platform.system()}-{platform.machine()}".lower()
        return cache_folder() / f"{self.name}-{machine}-{digest.hexdigest()[:16]}"

    def programs(self) -> dict[str, Path]:
        """Each program's name, and its path once it is built."""
        folder = self.folder()
        names = [package.rsplit("/", 1)[-1] for package in self.packages]
        return {name: folder / name for name in names}


class Compiler:
    """Builds recipes: downloads all at once, compiles two at a time (one links, another compiles).

    `ready`, if given, is awaited before a toolchain is looked for.
    """

    def __init__(
        self, on_progress: OnProgress = silent, ready: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._on_progress = on_progress
        self._ready = ready
        self._turn = asyncio.Semaphore(2)

    async def build(self, recipe: Recipe) -> dict[str, Path]:
        """The recipe's programs by name, from the cache or compiled into it.

        Raises EnvironmentFaultError (no compiler, no network, full disk), IntegrityError.
        """
        programs = recipe.programs()
        try:
            if not _all_exist(programs):
                async with locked(recipe.folder(), lambda: self._waiting(recipe)):
                    if not _all_exist(programs):  # the process that we waited for may have built it
                        await self._build(recipe, programs)
        except OSError as error:
            raise _os_fault(recipe, error) from error
        self._on_progress(Progress(recipe.title, READY))
        return programs

    def _waiting(self, recipe: Recipe) -> None:
        self._on_progress(Progress(recipe.title, "waiting for another build of the same"))

    async def _build(self, recipe: Recipe, programs: dict[str, Path]) -> None:
        self._on_progress(Progress(recipe.title, "starting"))
        if self._ready:
            await self._ready()
        toolchain = await find_toolchain(needed_version(recipe.directory))
        folder = recipe.folder()
        work = folder / ".building"
        shutil.rmtree(work, ignore_errors=True)  # what a killed build left
        (work / "tmp").mkdir(parents=True)
        try:
            build = _Build(recipe, toolchain, work, self._on_progress)
            outdated = await build.download()
            if self._turn.locked():
                self._on_progress(Progress(recipe.title, "waiting for the compiler"))
            async with self._turn:
                await build.compile(outdated)
            for name, path in programs.items():
                await recipe.check(work / name)
                _publish(work / name, path)
        finally:
            shutil.rmtree(work, ignore_errors=True)


class _Build:
    """One run of the `go` command over a recipe, in a work folder of its own."""

    def __init__(
        self, recipe: Recipe, toolchain: Toolchain, work: Path, on_progress: OnProgress
    ) -> None:
        self._recipe = recipe
        self._go = toolchain.go
        self._work = work
        self._on_progress = on_progress
        self._log = work.parent / "build.log"
        self._environment = go_environment(
            GOTMPDIR=str(work / "tmp"),
            CGO_ENABLED=str(int(recipe.cgo)),
            CGO_CFLAGS="-O2",
            **({"CC": c_compiler(recipe.title)} if recipe.cgo else {}),
        )

    async def download(self) -> int:
        """Fetch the modules that are missing; how many packages there are to compile."""
        total = _module_count(self._recipe.directory / "go.sum")
        fetched = 0

        def on_line(line: str) -> None:
            nonlocal fetched
            if line.startswith("go: downloading"):
                fetched += 1
                self._show("downloading", min(fetched, total), total, "modules")

        outdated = "{{if .Stale}}stale {{.ImportPath}}{{end}}"
        lines = await self._run(on_line, "list", "-deps", "-f", outdated)
        return sum(line.startswith("stale ") for line in lines)

    async def compile(self, outdated: int) -> None:
        """Compile and link; each package's name is a line of output as its turn comes."""
        compiled = 0

        def on_line(line: str) -> None:
            nonlocal compiled
            if line and not line.startswith(("go: ", "#")):
                compiled += 1
                self._show("compiling", min(compiled, outdated), outdated, "packages")

        self._show("compiling", 0, outdated, "packages")
        await self._run(on_line, "build", "-v", "-o", f"{self._work}/")

    async def _run(self, on_line: Callable[[str], None], *command: str) -> tuple[str, ...]:
        ldflags = f"{_STRIP} {self._recipe.ldflags}".strip()
        finished = await run(
            [self._go, *command, *_FLAGS, "-ldflags", ldflags, *self._recipe.packages],
            directory=self._recipe.directory,
            environment=self._environment,
            on_line=on_line,
        )
        if finished.code != 0:
            raise explain(f"building {self._recipe.title}", finished.lines, self._log)
        return finished.lines

    def _show(self, phase: str, done: int, total: int, unit: str) -> None:
        self._on_progress(Progress(self._recipe.title, phase, done, total, unit))


def c_compiler(what: str) -> str:
    """`$CC`, or the first C compiler on PATH. Raises EnvironmentFaultError where there is none."""
    for name in (os.environ.get("CC", ""), "gcc", "clang", "cc"):
        if name and shutil.which(name.split()[0]):
            return name
    raise EnvironmentFaultError(f"building {what}: {no_c_compiler()}")


def _all_exist(programs: dict[str, Path]) -> bool:
    return all(os.access(path, os.X_OK) for path in programs.values())


def _publish(program: Path, path: Path) -> None:
    """Give a finished program its place, and only once the disk has all of it."""
    with program.open("rb") as file:
        os.fsync(file.fileno())
    program.replace(path)


def _module_count(go_sum: Path) -> int:
    lines = go_sum.read_text().splitlines() if go_sum.exists() else []
    return sum("/go.mod " not in line for line in lines)


def _os_fault(recipe: Recipe, error: OSError) -> EnvironmentFaultError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return EnvironmentFaultError(
            f"building {recipe.title}: the disk of {cache_folder()} is full; "
            "free about 4 GB and run it again"
        )
    return EnvironmentFaultError(f"building {recipe.title}: {error}")
