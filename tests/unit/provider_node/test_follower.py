"""The loop that does what is owed: with steps that fail, that hang, and that are called off."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from provider_node import follower as module
from provider_node.duties import DONE, Owed
from provider_node.follower import Follower
from provider_node.journal import Journal
from provider_node.site import Site
from provider_node.snapshots import Snapshot
from provider_node.steps import Collect, Push, Step, Submit, Train
from provider_node.view import Me, View
from tests.unit.provider_node.worlds import round_, task
from weftwork.errors import ConnectionFailedError
from weftwork.learning.errors import DivergedError

PUSH, SUBMIT, TRAIN = Push(1, "f1"), Submit(1), Train(1)


class Stage:
    """A node whose ledger, duties and steps are the test's to direct."""

    me = Me("f2", "provider")
    held: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.config = SimpleNamespace(poll_seconds=3600.0)
        self.directory = self.journals = self.snapshots = self
        self.owed: Callable[[View], Owed] = lambda _: Owed()
        self.by: list[str] = []
        self.steps: dict[Step, Callable[[], Any]] = {}
        self.done: list[Step] = []
        self.readable = True
        self.outdated = 0

    async def get(self, name: str) -> Snapshot:
        if not self.readable:
            raise ConnectionFailedError("the peer is away")
        return Snapshot(task(), round_(by=self.by), 0.0)

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


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage()
    monkeypatch.setattr(module, "owed", lambda view: stage.owed(view))
    monkeypatch.setattr(module, "perform", stage.perform)
    return stage


@pytest.fixture
def follower(stage: Stage) -> Follower:
    return Follower(cast("Site", stage), "digits-1", asyncio.Semaphore(8))


@pytest_asyncio.fixture
async def running(follower: Follower) -> AsyncIterator[asyncio.Task[None]]:
    following = asyncio.create_task(follower.run())
    yield following
    following.cancel()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for is the code's own doing
            await asyncio.sleep(0.005)


def fail() -> None:
    raise ConnectionFailedError("nobody answers")


async def test_it_ends_when_nothing_will_ever_be_owed(stage: Stage, follower: Follower) -> None:
    stage.owed = lambda _: DONE
    await asyncio.wait_for(follower.run(), 20)


async def test_it_takes_what_is_owed_until_it_is_done(stage: Stage, follower: Follower) -> None:
    stage.steps = {PUSH: lambda: None, SUBMIT: lambda: None}
    left: list[Step] = [PUSH, SUBMIT]
    stage.owed = lambda _: Owed((left[len(stage.done)],)) if len(stage.done) < 2 else DONE
    await asyncio.wait_for(follower.run(), 20)
    assert stage.done == left
    assert stage.outdated == 1, "only the transaction changed the ledger"


async def test_a_step_that_fails_makes_room_for_the_next_and_is_tried_again(
    stage: Stage, follower: Follower
) -> None:
    attempts = 0

    def push() -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            fail()

    stage.steps = {PUSH: push, SUBMIT: lambda: None}

    def owed(_: View) -> Owed:
        steps = [one for one in (PUSH, SUBMIT) if one not in stage.done]
        return Owed(tuple(steps)) if steps else DONE

    stage.owed = owed
    with capture_logs() as lines:
        await asyncio.wait_for(follower.run(), 20)
    assert stage.done == [SUBMIT, PUSH]
    assert [line["reason"] for line in lines if line["log_level"] == "warning"] == [
        "nobody answers"
    ] * 2


async def test_what_would_fail_every_time_is_tried_once(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    tried: list[int] = []

    def train() -> None:
        tried.append(1)
        raise DivergedError("the loss is NaN")

    stage.steps = {TRAIN: train, Train(2): lambda: None}
    number = 1
    stage.owed = lambda _: DONE if stage.done else Owed((Train(number),))
    with capture_logs() as lines:
        follower.wake()
        await until(lambda: bool(lines))
        for _ in range(3):
            follower.wake()
            await asyncio.sleep(0.02)
    assert tried == [1]
    assert [(one["log_level"], one["reason"]) for one in lines] == [("error", "the loss is NaN")]
    number = 2
    follower.wake()
    await asyncio.wait_for(running, 20)
    assert stage.done == [Train(2)]


async def test_a_training_gives_way_when_it_is_time(stage: Stage, follower: Follower) -> None:
    """No event says that a deadline has passed."""
    ends = time.time_ns() // 1_000_000 + 200

    async def training() -> None:
        await asyncio.sleep(3600)

    stage.steps = {TRAIN: training}
    stage.owed = lambda view: DONE if view.now_ms >= ends else Owed((TRAIN,), look_again_ms=ends)
    await asyncio.wait_for(follower.run(), 20)
    assert stage.done == []


async def test_a_mistake_of_ours_is_logged_and_does_not_end_it(
    stage: Stage, follower: Follower
) -> None:
    calls: list[int] = []

    def push() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError

    stage.steps = {PUSH: push}
    stage.owed = lambda _: DONE if stage.done else Owed((PUSH,))
    with capture_logs() as lines:
        await asyncio.wait_for(follower.run(), 20)
    assert [line["log_level"] for line in lines] == ["error"]
    assert stage.done == [PUSH]


async def test_it_waits_out_a_ledger_that_is_away(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    stage.readable = False
    stage.owed = lambda _: DONE
    with capture_logs() as lines:
        follower.wake()
        await until(lambda: len(lines) >= 3)
        assert len(lines) < 6, "it does not hammer"
    stage.readable = True
    await asyncio.wait_for(running, 20)


async def test_it_sleeps_until_it_is_woken(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    looks: list[View] = []

    def owed(view: View) -> Owed:
        looks.append(view)
        return Owed() if len(looks) < 2 else DONE

    stage.owed = owed
    follower.wake()
    await until(lambda: len(looks) == 1)
    await asyncio.sleep(0.05)
    assert len(looks) == 1
    follower.wake()
    await asyncio.wait_for(running, 20)


async def test_it_looks_again_when_it_is_time(stage: Stage, follower: Follower) -> None:
    looks: list[int] = []

    def owed(view: View) -> Owed:
        looks.append(view.now_ms)
        return Owed(look_again_ms=looks[0] + 100) if view.now_ms < looks[0] + 100 else DONE

    stage.owed = owed
    await asyncio.wait_for(follower.run(), 20)
    assert looks[-1] >= looks[0] + 100
    assert len(looks) <= 4


async def test_a_training_is_called_off_when_nobody_waits_for_it(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def training() -> None:
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    stage.steps = {TRAIN: training}
    over = False
    stage.owed = lambda _: DONE if over else Owed((TRAIN,))
    follower.wake()
    await asyncio.wait_for(started.wait(), 20)
    follower.wake()
    await asyncio.sleep(0.05)
    assert not ended.is_set(), "an event that changes nothing does not disturb it"
    over = True
    follower.wake()
    await asyncio.wait_for(running, 20)
    assert ended.is_set()
    assert stage.done == []


async def test_an_event_that_comes_while_it_looks_calls_a_training_off(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    started = asyncio.Event()
    looks = 0

    async def training() -> None:
        started.set()
        await asyncio.sleep(3600)

    def owed(_: View) -> Owed:
        nonlocal looks
        looks += 1
        if looks == 2:
            follower.wake()  # what was read is old already
        return Owed((TRAIN,)) if looks <= 2 else DONE

    stage.steps = {TRAIN: training}
    stage.owed = owed
    follower.wake()
    await asyncio.wait_for(started.wait(), 20)
    follower.wake()
    await asyncio.wait_for(running, 20)
    assert stage.done == []


async def test_a_ledger_that_was_away_for_a_moment_is_looked_at_again_in_a_training(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    started = asyncio.Event()
    over = False

    async def training() -> None:
        started.set()
        await asyncio.sleep(3600)

    stage.steps = {TRAIN: training}
    stage.owed = lambda _: DONE if over else Owed((TRAIN,))
    follower.wake()
    await asyncio.wait_for(started.wait(), 20)
    stage.readable, over = False, True
    with capture_logs() as lines:
        follower.wake()
        await until(lambda: len(lines) == 1)
    stage.readable = True
    await asyncio.wait_for(running, 20)
    assert stage.done == []


async def test_its_end_is_the_end_of_its_step(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def training() -> None:
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    stage.steps = {TRAIN: training}
    stage.owed = lambda _: Owed((TRAIN,))
    follower.wake()
    await asyncio.wait_for(started.wait(), 20)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended.is_set()


async def test_what_was_asked_for_in_vain_is_out_of_reach(stage: Stage, follower: Follower) -> None:
    collect = Collect(1, "f3")
    stage.by = ["f3"]
    stage.steps = {collect: fail}
    stage.owed = lambda view: DONE if "f3" in view.out_of_reach else Owed((collect,))
    await asyncio.wait_for(follower.run(), 20)
