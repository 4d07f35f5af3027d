"""`LIAR=leader`: one factory lies about the aggregate whenever it leads, and is found out.

The program that lies belongs to the tests: the product has none.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from demo import commands
from network import binaries
from network.consortium import Consortium
from weftwork.config import weftwork_home
from weftwork.errors import UsageError

__all__ = ["KINDS", "caught", "chosen", "lying"]

REPOSITORY = Path(__file__).parents[1]
PROGRAM = "tests.scenario.misbehaving"
# What LIAR may be, and what the tests call it.
KINDS = {"leader": "lying-leader"}
END_SECONDS = 10


def chosen(kind: str) -> str:
    """The tests' word for a `kind` of liar; `UsageError` where there is none."""
    if kind not in KINDS:
        raise UsageError(f"LIAR={kind}: there is no such liar; choose one of {', '.join(KINDS)}")
    return KINDS[kind]


def favourite() -> str:
    """The factory that will lead soon: the one of the highest reputation, equal ones by name."""
    everyone = commands.ask("requester_cli", "participants")["participants"]
    factories = [one for one in everyone if one["role"] == "provider"]
    best = min(factories, key=lambda one: (-one["reputation"], one["name"]))
    return str(best["name"])


@contextmanager
def lying(console: Console, factory: str, program: str) -> Iterator[None]:
    """The factory's node is one that lies, until the block ends."""
    consortium = Consortium(weftwork_home(), binaries.ensure())
    node = consortium.home.site(factory).component("node") / "node.yaml"
    log = consortium.home.logs / f"{factory}.liar.log"
    command = [sys.executable, "-m", PROGRAM, program, "serve", "--config", str(node)]
    consortium.stop(f"{factory}.node")
    console.print(f"  [red]{factory}'s node is now one that lies whenever it leads[/red]")
    with log.open("w") as file:
        liar = subprocess.Popen(command, cwd=REPOSITORY, stdout=file, stderr=file)
    try:
        yield
    finally:
        liar.terminate()
        with suppress(subprocess.TimeoutExpired):
            liar.wait(END_SECONDS)
        liar.kill()
        consortium.start(f"{factory}.node")


def caught(task: str, factory: str) -> dict[str, Any] | None:
    """The record of the round in which its proposal was contradicted; None if none was."""
    rounds = commands.ask("requester_cli", "show-task", task)["rounds"]
    for record in rounds:
        if any(_lie(fault, factory) for fault in record["faults"]):
            return dict(record)
    return None


def _lie(fault: dict[str, Any], factory: str) -> bool:
    return (fault["participant"], fault["fault"]) == (factory, "wrong-proposal")
