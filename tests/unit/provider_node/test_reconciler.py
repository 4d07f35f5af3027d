"""A follower for each task: found by events and by looking, woken, and never begun twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
import pytest_asyncio

from provider_node import reconciler as module
from provider_node.reconciler import Reconciler
from provider_node.site import Site
from provider_node.view import Me
from tests.unit.provider_node.worlds import task
from weftwork.errors import ConnectionFailedError
from weftwork.ledger import ChaincodeEvent, LedgerEvent
from weftwork.ledger.records import Task


class Follower:
    """Notes that it follows, and does so until the test calls its task over."""

    all: ClassVar[list["Follower"]] = []

    def __init__(self, _: object, name: str, __: object) -> None:
        self.name = name
        self.wakes = 0
        self.over = asyncio.Event()
        Follower.all.append(self)

    def wake(self) -> None:
        self.wakes += 1

    async def run(self) -> None:
        await self.over.wait()


class Node:
    """A node whose ledger says what the test puts there."""

    me = Me("f1", "provider")

    def __init__(self, store: Path) -> None:
        self.config = SimpleNamespace(store=store, poll_seconds=0.001)
        self.ledger = SimpleNamespace(events=self.events, tasks=SimpleNamespace(list=self.list))
        self.directory = SimpleNamespace(outdate=lambda: self.outdated.append("directory"))
        self.snapshots = SimpleNamespace(outdate=self.outdated_task)
        self.policy = SimpleNamespace(version=None)
        self.trainers = SimpleNamespace(retire=asyncio.Event().wait)
        self.memories = self.budgets = SimpleNamespace(
            forget=lambda task: self.forgotten.append(task), tasks=[]
        )
        self.forgotten: list[str] = []
        self.said: asyncio.Queue[LedgerEvent | Exception] = asyncio.Queue()
        self.listed: dict[str, list[Task]] = {}
        self.lists = self.streams = 0
        self.away = False
        self.outdated: list[str] = []

    def outdated_task(self, name: str) -> None:
        self.outdated.append(name)

    async def events(self, checkpoint: Any, unreadable: object) -> AsyncIterator[LedgerEvent]:
        """As of the real ledger: an event is noted when the next one is asked for."""
        self.streams += 1
        while True:
            said = await self.said.get()
            if isinstance(said, Exception):
                raise said
            yield said
            number, transaction = said.block_number, said.transaction_id
            checkpoint.checkpoint_chaincode_event(
                ChaincodeEvent(number, transaction, "weftwork", said.name, b"")
            )

    async def list(self, state: str) -> list[Task]:
        self.lists += 1
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionFailedError("the peer is away")
        return self.listed.get(state, [])

    def say(self, name: str, number: int = 1) -> None:
        event = LedgerEvent("weftwork.v1.Tasks.Something", name, 0, {}, number, f"tx{number}")
        self.said.put_nowait(event)


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    monkeypatch.setattr(module, "Follower", Follower)
    monkeypatch.setattr(module, "EVENTS_SECONDS", 0)
    monkeypatch.setattr(module, "FIRST_LOOKS", (0,))
    monkeypatch.setattr(Follower, "all", [])
    (tmp_path / "store").mkdir()
    return Node(tmp_path / "store")


@pytest_asyncio.fixture
async def running(node: Node) -> AsyncIterator[asyncio.Task[None]]:
    running = asyncio.create_task(Reconciler(cast("Site", node)).run())
    yield running
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled(), "nothing else ended it"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for is the code's own doing
            await asyncio.sleep(0.001)


def followed() -> list[str]:
    return [one.name for one in Follower.all]


@pytest.mark.usefixtures("running")
async def test_an_event_begins_a_follower_and_the_next_wakes_it(node: Node) -> None:
    node.say("digits-1")
    await until(lambda: followed() == ["digits-1"])
    assert Follower.all[0].wakes == 0
    node.say("digits-1")
    node.say("digits-2")
    await until(lambda: followed() == ["digits-1", "digits-2"])
    assert [one.wakes for one in Follower.all] == [1, 0]


@pytest.mark.usefixtures("running")
async def test_an_event_about_a_participant_is_for_the_directory(node: Node) -> None:
    node.say("")
    node.say("digits-1")
    await until(lambda: bool(followed()))
    assert node.outdated == ["directory", "digits-1"]


@pytest.mark.usefixtures("running")
async def test_a_stream_that_broke_is_opened_again(node: Node) -> None:
    node.said.put_nowait(ConnectionFailedError("the peer is away"))
    node.say("digits-1")
    await until(lambda: followed() == ["digits-1"])


async def test_a_full_disk_does_not_end_it(node: Node, running: asyncio.Task[None]) -> None:
    node.say("digits-1", 1)
    await until(lambda: followed() == ["digits-1"])
    (node.config.store / "events.json").unlink(missing_ok=True)
    node.config.store.rmdir()
    for number in (2, 3):
        node.say(f"digits-{number}", number)
    await until(lambda: followed() == ["digits-1", "digits-2", "digits-3"])
    assert not running.done()
    assert node.streams == 1, "and nothing is heard twice"


@pytest.mark.usefixtures("running")
async def test_a_task_that_no_event_told_of_is_found(node: Node) -> None:
    node.away = True
    await until(lambda: node.lists > 2)
    node.away = False
    node.listed = {"RUNNING": [task()], "FINISHED": [task("FINISHED")]}
    await until(lambda: followed() == ["digits-1"])
    lists = node.lists
    await until(lambda: node.lists > lists + 4)
    assert followed() == ["digits-1"], "it is followed once"


@pytest.mark.usefixtures("running")
async def test_another_policy_gives_every_task_another_look(node: Node) -> None:
    node.listed["PUBLISHED"] = [task("PUBLISHED", who=[])]
    await until(lambda: followed() == ["digits-1"])
    Follower.all[0].over.set()
    await until(lambda: node.forgotten == ["digits-1", "digits-1"])
    seen = node.lists
    await until(lambda: node.lists > seen + 2)
    assert followed() == ["digits-1"]
    node.policy.version = (1,)
    await until(lambda: followed() == ["digits-1", "digits-1"])


@pytest.mark.usefixtures("running")
async def test_a_task_that_is_over_is_not_followed_again(node: Node) -> None:
    node.listed = {"RUNNING": [task()]}
    await until(lambda: followed() == ["digits-1"])
    Follower.all[0].over.set()
    node.say("digits-2")
    await until(lambda: "digits-2" in followed())
    lists = node.lists
    node.say("digits-1")
    node.say("digits-2")
    await until(lambda: node.lists > lists + 4 and node.said.empty())
    assert followed() == ["digits-1", "digits-2"]
    assert node.forgotten == ["digits-1", "digits-1"], "its memories and its secret"


@pytest.fixture
def kept(node: Node) -> None:
    """Something is kept of a private task."""
    node.budgets.tasks.append("digits-7")


@pytest.mark.usefixtures("kept", "running")
async def test_a_private_task_that_ended_while_the_node_was_away_is_followed_to_its_end(
    node: Node,
) -> None:
    """Else its secret would stay, and so would what is reserved for it."""
    node.listed = {"RUNNING": [task()]}
    await until(lambda: followed() == ["digits-7", "digits-1"])
    Follower.all[0].over.set()
    await until(lambda: node.forgotten == ["digits-7", "digits-7"])
