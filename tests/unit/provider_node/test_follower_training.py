"""The loop during a long step: disturbed, called off, given up."""

import asyncio
import time

import pytest
from structlog.testing import capture_logs

from provider_node.duties import DONE, Owed
from provider_node.follower import Follower
from provider_node.steps import Train
from provider_node.view import View
from tests.unit.provider_node.stage import TRAIN, Endless, Stage, until
from weftwork.errors import DataError, DefectError, WeftworkError
from weftwork.learning.errors import DivergedError, ModelError


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (DivergedError, "its training left the finite numbers"),
        (DefectError, "its training program fails"),
        (DataError, "its data set can no longer be used"),
        (ModelError, "it cannot train the model as it is configured"),
    ],
)
async def test_what_would_fail_every_time_is_tried_once(
    kind: type[WeftworkError],
    words: str,
    stage: Stage,
    follower: Follower,
    running: asyncio.Task[None],
) -> None:
    """Later looks know why, in words that tell nothing of the data."""
    tried: list[int] = []
    failures: list[str] = []

    def train() -> None:
        tried.append(1)
        raise kind("the loss is NaN")

    stage.steps = {TRAIN: train, Train(2): lambda: None}
    number = 1

    def owed(view: View) -> Owed:
        failures.append(view.failure)
        return DONE if stage.done else Owed((Train(number),))

    stage.owed = owed
    with capture_logs() as lines:
        follower.wake()
        await until(lambda: bool(lines))
        for _ in range(3):
            follower.wake()
            await asyncio.sleep(0.02)
    assert tried == [1]
    assert [(one["log_level"], one["reason"]) for one in lines] == [("error", "the loss is NaN")]
    assert (failures[0], failures[-1]) == ("", words)
    number = 2
    follower.wake()
    await asyncio.wait_for(running, 20)
    assert stage.done == [Train(2)]


async def test_a_training_gives_way_when_it_is_time(stage: Stage, follower: Follower) -> None:
    """No event says that a deadline has passed."""
    ends = time.time_ns() // 1_000_000 + 200
    stage.steps = {TRAIN: Endless()}
    stage.owed = lambda view: DONE if view.now_ms >= ends else Owed((TRAIN,), look_again_ms=ends)
    await asyncio.wait_for(follower.run(), 20)
    assert stage.done == []


async def test_a_training_is_called_off_when_nobody_waits_for_it(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    training = Endless()
    stage.steps = {TRAIN: training}
    over = False
    stage.owed = lambda _: DONE if over else Owed((TRAIN,))
    follower.wake()
    await asyncio.wait_for(training.started.wait(), 20)
    follower.wake()
    await asyncio.sleep(0.05)
    assert not training.ended.is_set(), "an event that changes nothing does not disturb it"
    over = True
    follower.wake()
    await asyncio.wait_for(running, 20)
    assert training.ended.is_set()
    assert stage.done == []


async def test_an_event_that_comes_while_it_looks_calls_a_training_off(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    training = Endless()
    looks = 0

    def owed(_: View) -> Owed:
        nonlocal looks
        looks += 1
        if looks == 2:
            follower.wake()  # what was read is old already
        return Owed((TRAIN,)) if looks <= 2 else DONE

    stage.steps = {TRAIN: training}
    stage.owed = owed
    follower.wake()
    await asyncio.wait_for(training.started.wait(), 20)
    follower.wake()
    await asyncio.wait_for(running, 20)
    assert stage.done == []


async def test_a_ledger_that_was_away_for_a_moment_is_looked_at_again_in_a_training(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    training = Endless()
    over = False

    stage.steps = {TRAIN: training}
    stage.owed = lambda _: DONE if over else Owed((TRAIN,))
    follower.wake()
    await asyncio.wait_for(training.started.wait(), 20)
    stage.readable, over = False, True
    with capture_logs() as lines:
        follower.wake()
        await until(lambda: len(lines) == 1)
    stage.readable = True
    await asyncio.wait_for(running, 20)
    assert stage.done == []


async def test_a_ledger_that_is_away_at_the_deadline_is_not_hammered(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    started = asyncio.Event()
    ends = time.time_ns() // 1_000_000 + 50

    async def training() -> None:
        started.set()
        stage.readable = False
        await asyncio.sleep(3600)

    stage.steps = {TRAIN: training}
    stage.owed = lambda _: Owed((TRAIN,), look_again_ms=ends)
    with capture_logs() as lines:
        follower.wake()
        await asyncio.wait_for(started.wait(), 20)
        await asyncio.sleep(0.5)
    assert 1 <= len(lines) < 6


async def test_its_end_is_the_end_of_its_step(
    stage: Stage, follower: Follower, running: asyncio.Task[None]
) -> None:
    training = Endless()
    stage.steps = {TRAIN: training}
    stage.owed = lambda _: Owed((TRAIN,))
    follower.wake()
    await asyncio.wait_for(training.started.wait(), 20)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert training.ended.is_set()
