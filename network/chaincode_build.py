"""A chaincode's program, built once per content of its sources into the user's cache."""

import os
from collections.abc import Iterator
from pathlib import Path

from network import pruning
from network.golang.compiler import Compiler, Recipe
from network.steps.process import run_to_end
from network.steps.progress import OnProgress, silent
from weftwork.errors import NotFoundError

MAIN = "./cmd/weftwork"

# Builds that the cache keeps of each program. Networks run copies of their own, so none is in use
# for longer than it takes to copy it.
_KEPT = 5


def build_chaincode(source: Path, package: str = MAIN, on_progress: OnProgress = silent) -> Path:
    """The program of `package` of the Go module in folder `source`, which stands alone.

    Raises NotFoundError where there is no module, EnvironmentFaultError where it does not build.
    """
    recipe = chaincode_recipe(source, package)
    program = next(iter(run_to_end(Compiler(on_progress).build(recipe)).values()))
    os.utime(program.parent)
    others = program.parent.parent.glob(f"{recipe.name}-*/{program.name}")
    pruning.keep_newest([other.parent for other in others], _KEPT)
    return program


def chaincode_recipe(source: Path, package: str = MAIN) -> Recipe:
    """How it is built: every file but the tests decides the result."""
    source = source.absolute()
    if not (source / "go.mod").is_file():
        raise NotFoundError(f"{source}: no chaincode there (a folder with a go.mod is expected)")
    return Recipe(
        title="chaincode",
        name="chaincode",
        directory=source,
        packages=(package,),
        inputs=tuple(sorted(_sources(source))),
    )


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        hidden = any(part.startswith((".", "_")) or part == "testdata" for part in inside.parts)
        if path.is_file() and not hidden and not path.name.endswith("_test.go"):
            yield path
