"""The commands of docs/tutorial/own-model-and-data.md, as a reader types them."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest_asyncio

from network.binaries import Binaries
from network.context import Context
from network.programs import Program
from tests.page import OWN_MODEL, REPOSITORY, blocks
from tests.scenario.consortium_at_work import FACTORIES, AtWork
from weftwork.errors import NotFoundError

# The page installs into everybody's environment, which tests leave alone.
INSTALL = "uv pip install "
TASK = "pumps-1"


@dataclass(frozen=True)
class Reader:
    """Someone in a folder that looks like the repository's; `packages` is what they install."""

    folder: Path
    packages: Path

    async def type(self, commands: str) -> str:
        """Run a block of the page; what it printed."""
        instead = f"{INSTALL}--quiet --offline --no-deps --target {self.packages} "
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", commands.replace(INSTALL, instead)),
            cwd=self.folder,
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        assert process.returncode == 0, f"{commands}\n{out.decode()}"
        return out.decode()

    def _environment(self) -> dict[str, str]:
        kept = {key: one for key, one in os.environ.items() if not key.startswith("WEFTWORK_")}
        return kept | {
            "PATH": f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}",
            "VIRTUAL_ENV": sys.prefix,
            "PYTHONPATH": f"{self.packages}:{REPOSITORY}",
            "COLUMNS": "80",
        }


@pytest_asyncio.fixture
async def reader(at_work: AtWork, fabric: Binaries, tmp_path: Path) -> AsyncIterator[Reader]:
    """At the end the factories are as they were, and the package is nowhere."""
    found = Reader(tmp_path / "repository", tmp_path / "packages")
    found.folder.mkdir()
    (found.folder / "examples").symlink_to(REPOSITORY / "examples")
    (found.folder / ".weftwork").symlink_to(at_work.consortium.home.root)
    files = [at_work.node_file(name) for name in FACTORIES]
    before = [file.read_text() for file in files]
    context = Context(at_work.consortium.home, at_work.consortium.topology, fabric)
    programs = context.programs()
    try:
        context.supervisor.declare([_with(found.packages, program) for program in programs])
        await at_work.start(*FACTORIES)
        yield found
    finally:
        await _cancel(at_work)
        for file, text in zip(files, before, strict=True):
            file.write_text(text)
            (file.parent / "pumps.csv").unlink(missing_ok=True)
        context.supervisor.declare(programs)
        await at_work.start(*FACTORIES)


async def _cancel(at_work: AtWork) -> None:
    """Where the test failed in the middle, other scenarios shall not find its task open."""
    with suppress(NotFoundError):
        if (await at_work.ledger.tasks.get(TASK)).state in ("PUBLISHED", "RUNNING"):
            await at_work.ledger.tasks.cancel(TASK, "the test is over")


def _with(packages: Path, program: Program) -> Program:
    """A factory's node finds the packages; other programs are left alone, and go on running."""
    if not any(program.name == f"{factory}.node" for factory in FACTORIES):
        return program
    return replace(program, environment=program.environment | {"PYTHONPATH": str(packages)})


async def test_the_commands_of_the_page(at_work: AtWork, reader: Reader) -> None:
    printed = [await reader.type(commands) for commands in blocks(OWN_MODEL, "bash")]
    task = await at_work.ledger.tasks.get(TASK)
    records = await at_work.assert_sound(task)

    assert task.state == "FINISHED"
    assert {name for record in records for name in record.contributors} == set(FACTORIES)
    budget = {one.join.privacy_budget.epsilon_micro for one in task.joined}
    assert budget == {8_000_000}
    assert all(0 < one.privacy.epsilon_micro <= 8_000_000 for one in records[-1].submitted)
    # A factory that has never seen one of three states cannot get further than 667,000.
    assert task.accuracy_ppm > 800_000

    said = re.search(r"(\d+) of (\d+) windows right", printed[-1])
    assert said, printed[-1]
    right, windows = map(int, said.groups())
    assert abs(right - windows * task.accuracy_ppm / 1e6) < 1.5, "but for rounding the same"
