"""`LIAR=leader`: one factory lies about the aggregate whenever it leads, and is found out.

The program that lies belongs to the tests: the product has none.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from demo import commands
from network import binaries
from network.consortium import Consortium
from weftwork.audit.rules.election import lot
from weftwork.config import weftwork_home
from weftwork.errors import DeadlineError, UsageError

__all__ = ["KINDS", "await_counted", "caught", "chosen", "factories_away", "first_leader", "lying"]

REPOSITORY = Path(__file__).parents[1]
PROGRAM = "tests.scenario.misbehaving"
# What LIAR may be, and what the tests call it.
KINDS = {"leader": "lying-leader"}
END_SECONDS = 10
COUNT_SECONDS = 60


def chosen(kind: str) -> str:
    """The tests' word for a `kind` of liar; `UsageError` where there is none."""
    if kind not in KINDS:
        raise UsageError(f"LIAR={kind}: there is no such liar; choose one of {', '.join(KINDS)}")
    return KINDS[kind]


@contextmanager
def factories_away() -> Iterator[list[str]]:
    """No factory's node runs, so that a task can be published and not begin; their names."""
    consortium = Consortium(weftwork_home(), binaries.ensure())
    everyone = consortium.topology.organisations
    names = [one.name for one in everyone if one.node.role == "provider"]
    nodes = [f"{name}.node" for name in names]
    consortium.stop(*nodes)
    try:
        yield names
    finally:
        consortium.start(*nodes)


def first_leader(task: str) -> str:
    """Who will lead the first round of a task that is published, by the election's own rule."""
    base = commands.ask("requester_cli", "show-task", task)["task"]["model"]["digest"]
    everyone = commands.ask("requester_cli", "participants")["participants"]
    return favourite(everyone, base)


def favourite(everyone: list[dict[str, Any]], base: str) -> str:
    """The provider of the highest reputation, of equal ones the smallest lot's."""
    providers = [one for one in everyone if one["role"] == "provider"]
    best = min(providers, key=lambda one: (-one["reputation"], lot(base, one["name"])))
    return str(best["name"])


@contextmanager
def lying(console: Console, factory: str, factories: list[str], program: str) -> Iterator[None]:
    """The factories are back, and this one's node is one that lies, until the block ends."""
    consortium = Consortium(weftwork_home(), binaries.ensure())
    node = consortium.home.site(factory).component("node") / "node.yaml"
    log = consortium.home.logs / f"{factory}.liar.log"
    command = [sys.executable, "-m", PROGRAM, program, "serve", "--config", str(node)]
    consortium.start(*(f"{name}.node" for name in factories if name != factory))
    console.print(f"  [red]{factory} will lead; its node is now one that lies when it does[/red]")
    with log.open("w") as file:
        liar = subprocess.Popen(command, cwd=REPOSITORY, stdout=file, stderr=file)
    try:
        yield
    finally:
        liar.terminate()
        with suppress(subprocess.TimeoutExpired):
            liar.wait(END_SECONDS)
        liar.kill()


def caught(rounds: list[dict[str, Any]], factory: str) -> list[dict[str, Any]]:
    """The records of those rounds in which its proposal was contradicted."""
    return [one for one in rounds if any(_lie(fault, factory) for fault in one["faults"])]


def _lie(fault: dict[str, Any], factory: str) -> bool:
    return (fault["participant"], fault["fault"]) == (factory, "wrong-proposal")


def await_counted(task: str) -> None:
    """Return once the ended task is part of all standings: the nodes see to it."""
    deadline = time.monotonic() + COUNT_SECONDS
    while commands.ask("requester_cli", "show-task", task)["task"]["uncounted"]:
        if time.monotonic() > deadline:
            raise DeadlineError(f"{task} is not part of the standings after {COUNT_SECONDS} s")
        time.sleep(1)
