"""The loop that does what is owed, with steps that fail and are tried again."""

import asyncio

from structlog.testing import capture_logs

from provider_node.duties import DONE, Owed
from provider_node.follower import Follower
from provider_node.steps import Collect, Step
from provider_node.view import View
from tests.unit.provider_node.stage import PUSH, SUBMIT, Stage, until
from weftwork.errors import ConnectionFailedError


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


async def test_what_was_asked_for_in_vain_is_out_of_reach(stage: Stage, follower: Follower) -> None:
    collect = Collect(1, "f3")
    stage.by = ["f3"]
    stage.steps = {collect: fail}
    stage.owed = lambda view: DONE if "f3" in view.out_of_reach else Owed((collect,))
    await asyncio.wait_for(follower.run(), 20)
