"""A node around a follower, all of which a test directs."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from provider_node.duties import Owed
from provider_node.journal import Journal
from provider_node.snapshots import Snapshot
from provider_node.steps import Push, Step, Submit, Train
from provider_node.view import Me, View
from tests.unit.provider_node.worlds import round_, task
from weftwork.errors import ConnectionFailedError

PUSH, SUBMIT, TRAIN = Push(1, "f1"), Submit(1), Train(1)


class Stage:
    """A node whose ledger, duties and steps are the test's to direct."""

    me = Me("f2", "provider")
    held: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.config = SimpleNamespace(poll_seconds=3600.0)
        self.directory = self.journals = self.snapshots = self
        self.owed: Callable[[View], Owed] = lambda _: Owed()
        self.round_is: dict[str, Any] = {}
        self.steps: dict[Step, Callable[[], Any]] = {}
        self.done: list[Step] = []
        self.readable = True
        self.outdated = 0

    async def get(self, name: str) -> Snapshot:
        if not self.readable:
            raise ConnectionFailedError("the peer is away")
        return Snapshot(task(), round_(**self.round_is), 0.0)

    def outdate(self, name: str) -> None:
        self.outdated += 1

    def load(self, name: str) -> Journal:
        return Journal(task=name)

    async def suits(self, task: object) -> bool:
        return True

    async def retired(self) -> frozenset[str]:
        return frozenset()

    async def perform(self, site: object, view: View, step: Step) -> None:
        result = self.steps[step]()
        if result is not None:
            await result
        self.done.append(step)


class Endless:
    """A step that is over only when it is called off."""

    def __init__(self) -> None:
        self.started, self.ended = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            self.ended.set()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for is the code's own doing
            await asyncio.sleep(0.005)
