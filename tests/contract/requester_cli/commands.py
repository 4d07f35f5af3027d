"""`requester_cli` as a person runs it: a process of its own, with a terminal or without."""

import asyncio
import json
import os
import pty
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[3]
COLUMNS, LINES = 80, 30
PATIENCE = 60.0  # seconds for one command


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """What it printed, as one JSON document."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What it printed, as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> str:
        """The one line of an error."""
        (line,) = [one for one in self.err.splitlines() if not one.endswith(" ...")]
        assert "Traceback" not in line
        return line


@dataclass(frozen=True)
class RequesterCli:
    """The command line of the requester whose connection file is `connection`."""

    connection: Path
    folder: Path

    async def __call__(self, *arguments: str) -> Done:
        """Run a command to its end."""
        process = await self.start(*arguments)
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start a command; its output goes to pipes."""
        return await asyncio.create_subprocess_exec(
            *self._command(arguments),
            cwd=self.folder,
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def start_on_terminal(self, *arguments: str) -> tuple[asyncio.subprocess.Process, int]:
        """Start a command on a terminal of 80 columns; also gives our end of the terminal."""
        ours, theirs = pty.openpty()
        environment = self._environment() | {"TERM": "xterm-256color"}
        environment |= {"COLUMNS": str(COLUMNS), "LINES": str(LINES)}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command(arguments),
                cwd=self.folder,
                env=environment,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
            )
        finally:
            os.close(theirs)
        return process, ours

    def _command(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        return (sys.executable, "-m", "requester_cli", *arguments)

    def _environment(self) -> dict[str, str]:
        keep = {
            key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")
        }
        return keep | {
            "WEFTWORK_CONNECTION": str(self.connection),
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONWARNINGS": "error",
        }
