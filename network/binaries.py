"""Fabric and Fabric CA: taken from where the user has them, or built once into the user's cache.

`python -m network.binaries` prints the four paths. Standard library only: it runs before the
virtual environment exists.
"""

import os
import re
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from network.golang.compiler import Compiler, Recipe
from network.golang.toolchain import Version
from network.steps.display import Display
from network.steps.process import run, run_to_end, together
from network.steps.progress import OnProgress, silent
from weftwork.errors import EnvironmentFaultError, WeftworkError

FABRIC = Path(__file__).parent / "fabric"
CONFIGURED = "WEFTWORK_FABRIC_BIN"

_VERSION = re.compile(r"^\s*Version: v?(\d+)\.(\d+)\.(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Binaries:
    """The programs of Fabric that a consortium runs, each a path to one that answers `version`."""

    peer: Path
    orderer: Path
    configtxgen: Path
    fabric_ca_server: Path


@dataclass(frozen=True)
class Component:
    """A release of Fabric or Fabric CA: its programs, and the Go module of ours that pins it."""

    title: str
    module: str
    version: Version
    programs: tuple[str, ...]
    packages: str
    metadata: str
    cgo: bool = False

    @property
    def release(self) -> str:
        """The version as the project writes it, `v3.1.1`."""
        return "v" + ".".join(str(part) for part in self.version)

    def suits(self, found: Version) -> bool:
        """Whether `found` is of the same line (3.1, 1.5) and not older."""
        return found[:2] == self.version[:2] and found >= self.version

    def recipe(self) -> Recipe:
        """How the programs are built."""
        directory = FABRIC / self.module
        return Recipe(
            title=f"{self.title} {self.release}",
            name=f"{self.title.lower().replace(' ', '-')}-{self.release}",
            directory=directory,
            packages=tuple(f"{self.packages}/{program}" for program in self.programs),
            inputs=(directory / "go.mod", directory / "go.sum"),
            ldflags=f"-X {self.metadata}.Version={self.release}",
            cgo=self.cgo,
            check=partial(accept, self),
        )


Programs = dict[str, Path]
Otherwise = Callable[[Component], Awaitable[Programs]]

CORE = Component(
    title="Fabric",
    module="core",
    version=(3, 1, 1),
    programs=("peer", "orderer", "configtxgen"),
    packages="github.com/hyperledger/fabric/cmd",
    metadata="github.com/hyperledger/fabric/common/metadata",
)
CA = Component(
    title="Fabric CA",
    module="ca",
    version=(1, 5, 21),
    programs=("fabric-ca-server",),
    packages="github.com/hyperledger/fabric-ca/cmd",
    metadata="github.com/hyperledger/fabric-ca/lib/metadata",
    cgo=True,  # its SQLite is C
)


def ensure(on_progress: OnProgress = silent, folder: Path | None = None) -> Binaries:
    """The binaries, from `folder` or `$WEFTWORK_FABRIC_BIN`, PATH, the cache, or built into it.

    Raises EnvironmentFaultError where a given folder does not hold what is needed, or where this
    machine cannot build; KeyboardInterrupt, with every child ended, on Ctrl-C or termination.
    """
    return run_to_end(find_or_build(Compiler(on_progress), folder))


def locate() -> Binaries:
    """Where `ensure` has the binaries, or would build them; nothing is built."""

    async def in_cache(component: Component) -> Programs:
        return component.recipe().programs()

    return run_to_end(_find(in_cache))


async def find_or_build(compiler: Compiler, folder: Path | None = None) -> Binaries:
    """`ensure` for a caller who is asynchronous or builds more than this."""
    return await _find(lambda component: compiler.build(component.recipe()), folder)


async def _find(otherwise: Otherwise, folder: Path | None = None) -> Binaries:
    configured = folder or (Path(path) if (path := os.environ.get(CONFIGURED)) else None)
    found = await together(
        *(_programs(component, otherwise, configured) for component in (CORE, CA))
    )
    return Binaries(
        **{name.replace("-", "_"): path for programs in found for name, path in programs.items()}
    )


async def _programs(
    component: Component, otherwise: Otherwise, configured: Path | None
) -> Programs:
    if configured:
        programs = {name: configured.absolute() / name for name in component.programs}
        for program in programs.values():
            await accept(component, program)
        return programs
    return await on_path(component) or await otherwise(component)


async def on_path(component: Component) -> Programs | None:
    """The component's programs on PATH, if all are there and of versions that suit."""
    found = {name: Path(path) for name in component.programs if (path := shutil.which(name))}
    if len(found) < len(component.programs):
        return None
    for program in found.values():
        if not component.suits(await version_of(program)):
            return None
    return found


async def accept(component: Component, program: Path) -> None:
    """Raises EnvironmentFaultError unless `program` runs and is of a version that suits."""
    found = await version_of(program)
    if not component.suits(found):
        is_now = (
            f"is version {'.'.join(map(str, found))}" if found else "is not there or does not run"
        )
        line = ".".join(map(str, component.version[:2]))
        raise EnvironmentFaultError(
            f"{program} {is_now}: {component.title} {component.release} or a later {line} is "
            f"needed (unset {CONFIGURED} to have it built)"
        )


async def version_of(program: Path) -> Version:
    """What the program says its version is; empty if it says none, or a pre-release, or fails."""
    question = "-version" if program.name == "configtxgen" else "version"
    try:
        finished = await run([program, question])
    except OSError:
        return ()
    found = _VERSION.search("\n".join(finished.lines)) if finished.code == 0 else None
    return tuple(int(part) for part in found.groups()) if found else ()


def main() -> int:
    """Print each program's path; progress goes to stderr."""
    try:
        with Display() as display:
            binaries = ensure(display.update)
    except WeftworkError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - no console library yet
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    for field in fields(binaries):
        print(getattr(binaries, field.name))  # noqa: T201 - this is the command's answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
