"""Run the product's own commands, as a person would type them, and show what was typed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from network import interrupts
from weftwork.errors import WeftworkError


class CommandFailedError(WeftworkError):
    """A command of the demo failed; its own output has said why."""

    def __init__(self, shown: str, code: int) -> None:
        super().__init__(f"`{shown}` ended with exit code {code}")
        self.exit_code = code if code > 0 else 1


def show(console: Console, module: str, *arguments: str) -> None:
    """Print the command as a person would type it."""
    console.print(f"[dim]$ {_typed(module, arguments)}[/dim]", highlight=False, soft_wrap=True)


def run(console: Console, module: str, *arguments: str) -> None:
    """Show the command and run it on this terminal; raise if it fails."""
    show(console, module, *arguments)
    _output(module, arguments)


@contextmanager
def patience(console: Console, what: str) -> Iterator[None]:
    """Say what is going on for a few seconds: a spinner on a terminal, else a line."""
    if not console.is_terminal:
        console.print(f"  {what} ...")
    with console.status(f"{what} ..."):
        yield


def ask(module: str, *arguments: str) -> dict[str, Any]:
    """Run the command with `--json` and give back the document that it printed."""
    document: dict[str, Any] = json.loads(_output(module, (*arguments, "--json"), subprocess.PIPE))
    return document


def _output(module: str, arguments: tuple[str, ...], stdout: int | None = None) -> bytes:
    """Run the command; what it printed, if that goes to a pipe.

    An interrupt is passed on and waited for: the command may have processes of its own to stop.
    """
    command = [sys.executable, "-m", module, *arguments]
    child: subprocess.Popen[bytes] | None = None
    try:
        with interrupts.deferred():  # until it is known which process to stop
            child = subprocess.Popen(command, stdout=stdout)
        printed, _ = child.communicate()
    except KeyboardInterrupt:
        if child:
            _end(child)
        raise
    if child.returncode:
        raise CommandFailedError(_typed(module, arguments), child.returncode)
    return printed


def _end(child: subprocess.Popen[bytes]) -> None:
    with child:
        child.terminate()


def _typed(module: str, arguments: tuple[str, ...]) -> str:
    program = module if module == "requester_cli" else f"python -m {module}"
    return " ".join((program, *arguments))
