"""Run every check, as many at once as there are processors; show all that is wrong at the end."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from network.golang.toolchain import REPOSITORY, find_toolchain, go_environment, needed_version
from network.steps.process import Finished, run, run_to_end, together
from scripts.fault import tell
from scripts.tools import TOOLS
from weftwork.errors import WeftworkError

BIN = REPOSITORY / ".venv" / "bin"
CHAINCODE = REPOSITORY / "chaincode"
PROBE = REPOSITORY / "tests" / "contract" / "chaincode"
GOAGGREGATE = REPOSITORY / "tests" / "unit" / "learning" / "aggregation" / "goaggregate"
STATES = REPOSITORY / "docs" / "reference" / "state-machine.md"


@dataclass(frozen=True)
class Check:
    """A command that says nothing, or exits with another code than 0, or both, where all is well.

    `silent`: any output is a complaint. `expected`: the output has to be the content of this file.
    """

    name: str
    command: tuple[str, ...]
    directory: Path = REPOSITORY
    silent: bool = False
    expected: Path | None = None

    def passed(self, finished: Finished) -> bool:
        """Whether there is nothing to mend."""
        if finished.code != 0 or (self.silent and finished.lines):
            return False
        return (
            self.expected is None or "\n".join(finished.lines) + "\n" == self.expected.read_text()
        )

    def complaint(self, finished: Finished) -> str:
        """What to show of a check that has not passed."""
        if self.expected and finished.code == 0:
            return f"{self.expected.relative_to(REPOSITORY)} is not fresh: run `make diagram`"
        return "\n".join(finished.lines)


def checks(go: str) -> list[Check]:
    """All of them, the slowest first."""
    tools = TOOLS.programs()
    python = (str(BIN / "python"), "-m")
    return [
        Check("mypy", (str(BIN / "mypy"),)),
        *go_checks("", CHAINCODE, go, tools),
        Check("state diagram", (go, "run", "./cmd/diagram"), CHAINCODE, expected=STATES),
        *go_checks("probe: ", PROBE, go, tools),
        *go_checks("aggregate: ", GOAGGREGATE, go, tools),
        Check("import layers", (str(BIN / "lint-imports"),)),
        Check("generated code", (*python, "scripts.generate", "--check")),
        Check("ruff format", (str(BIN / "ruff"), "format", "--check", "--quiet")),
        Check("ruff check", (str(BIN / "ruff"), "check", "--quiet")),
        Check("buf lint", (str(BIN / "buf"), "lint", "proto")),
        Check("shellcheck", (str(BIN / "shellcheck"), *map(str, shell_files()))),
    ]


def go_checks(prefix: str, module: Path, go: str, tools: Mapping[str, Path]) -> Iterator[Check]:
    """Those of one Go module."""
    yield Check(f"{prefix}staticcheck", (str(tools["staticcheck"]), "./..."), module)
    yield Check(f"{prefix}go vet", (go, "vet", "./..."), module)
    yield Check(f"{prefix}gofumpt", (str(tools["gofumpt"]), "-l", "."), module, silent=True)


def shell_files() -> Iterator[Path]:
    """The files of ours that a shell runs, by their first line."""
    for folder in (".ci", "scripts", "network", "demo", "tests"):
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.is_file() and not path.suffix:
                first = path.read_bytes().partition(b"\n")[0]
                if first.startswith(b"#!") and first.endswith(b"sh"):
                    yield path.relative_to(REPOSITORY)


async def check_all() -> list[str]:
    """Run them; what the failed ones complain about."""
    toolchain = await find_toolchain(needed_version(CHAINCODE))
    # staticcheck asks the `go` on PATH about packages: it has to be one that can read them.
    environment = go_environment()
    environment["PATH"] = os.pathsep.join((str(toolchain.go.parent), environment.get("PATH", "")))
    turn = asyncio.Semaphore(os.cpu_count() or 1)
    steps = [one(check, environment, turn) for check in checks(str(toolchain.go))]
    return [complaint for complaint in await together(*steps) if complaint]


async def one(check: Check, environment: Mapping[str, str], turn: asyncio.Semaphore) -> str:
    """Run one check and print its line; its complaint, empty if there is none."""
    async with turn:
        started = time.monotonic()
        finished = await run(check.command, directory=check.directory, environment=environment)
    passed = check.passed(finished)
    seconds = time.monotonic() - started
    print(f"{'ok' if passed else 'FAILED':8}{check.name:24}{seconds:6.1f} s", flush=True)
    return "" if passed else f"\n{check.name}:\n{check.complaint(finished)}"


def main() -> int:
    """Print a line for each check, then every complaint."""
    try:
        complaints = run_to_end(check_all())
    except (WeftworkError, OSError) as error:
        return tell(error)
    except KeyboardInterrupt:
        return 130
    print(*complaints, sep="\n", end="")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
