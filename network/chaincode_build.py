"""A chaincode's program, built once per content of its sources into the user's cache."""

from collections.abc import Iterator
from pathlib import Path

from network.golang.compiler import Compiler, Recipe
from network.steps.process import run_to_end
from network.steps.progress import OnProgress, silent
from weftwork.errors import NotFoundError

MAIN = "./cmd/weftwork"


def build_chaincode(source: Path, package: str = MAIN, on_progress: OnProgress = silent) -> Path:
    """The program of `package` of the Go module in folder `source`, which stands alone.

    Raises NotFoundError where there is no module, EnvironmentFaultError where it does not build.
    """
    recipe = chaincode_recipe(source, package)
    return next(iter(run_to_end(Compiler(on_progress).build(recipe)).values()))


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
