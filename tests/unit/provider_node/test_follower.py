"""The loop that does what is owed, with steps that fail and are tried again."""

import asyncio
import time
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from provider_node import follower as module
from provider_node.duties import DONE, Owed
from provider_node.follower import TRANSFERS, Follower
from provider_node.steps import Close, Collect, Step
from provider_node.view import View
from tests.unit.provider_node import worlds
from tests.unit.provider_node.stage import KEEP, SUBMIT, Stage, until
from weftwork.errors import ConnectionFailedError, IntegrityError

CLOSE = Close(1)


def fail() -> None:
    raise ConnectionFailedError("nobody answers")


async def test_it_ends_when_nothing_will_ever_be_owed(stage: Stage, follower: Follower) -> None:
    stage.owed = lambda _: DONE
    await asyncio.wait_for(follower.run(), 20)


async def test_it_takes_what_is_owed_until_it_is_done(stage: Stage, follower: Follower) -> None:
    stage.steps = {KEEP: lambda: None, SUBMIT: lambda: None}
    left: list[Step] = [KEEP, SUBMIT]
    stage.owed = lambda _: Owed((left[len(stage.done)],)) if len(stage.done) < 2 else DONE
    await asyncio.wait_for(follower.run(), 20)
    assert stage.done == left
    assert stage.outdated == 1, "only the transaction changed the ledger"


async def test_a_step_that_fails_makes_room_for_the_next_and_is_tried_again(
    stage: Stage, follower: Follower
) -> None:
    attempts = 0

    def keep() -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            fail()

    stage.steps = {KEEP: keep, SUBMIT: lambda: None}

    def owed(_: View) -> Owed:
        steps = [one for one in (KEEP, SUBMIT) if one not in stage.done]
        return Owed(tuple(steps)) if steps else DONE

    stage.owed = owed
    with capture_logs() as lines:
        await asyncio.wait_for(follower.run(), 20)
    assert stage.done == [SUBMIT, KEEP]
    assert [line["reason"] for line in lines if line["log_level"] == "warning"] == [
        "nobody answers"
    ] * 2


async def test_a_mistake_of_ours_is_logged_and_does_not_end_it(
    stage: Stage, follower: Follower
) -> None:
    calls: list[int] = []

    def keep() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError

    stage.steps = {KEEP: keep}
    stage.owed = lambda _: DONE if stage.done else Owed((KEEP,))
    with capture_logs() as lines:
        await asyncio.wait_for(follower.run(), 20)
    assert [line["log_level"] for line in lines] == ["error"]
    assert stage.done == [KEEP]


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


def give_other_bytes() -> None:
    raise IntegrityError("received other bytes")


@pytest.mark.parametrize(("answer", "wrong"), [(give_other_bytes, True), (fail, False)])
async def test_it_remembers_who_gave_other_bytes_than_were_submitted(
    stage: Stage, follower: Follower, answer: Callable[[], None], wrong: bool
) -> None:
    collect, looks = Collect(1, "f3"), []
    stage.round_is = {"by": ["f3"]}
    stage.steps = {collect: answer}

    def owed(view: View) -> Owed:
        looks.append("f3" in view.wrong)
        return Owed((collect,)) if len(looks) < 2 else DONE

    stage.owed = owed
    await asyncio.wait_for(follower.run(), 20)
    assert looks == [False, wrong]


async def test_and_forgets_it_with_the_round(stage: Stage, follower: Follower) -> None:
    collect, looks = Collect(1, "f3"), []
    stage.round_is = {"by": ["f3"]}
    stage.steps = {collect: give_other_bytes}

    def owed(view: View) -> Owed:
        looks.append(view.wrong)
        stage.round_is = {"number": 2}
        return Owed((collect,)) if len(looks) < 2 else DONE

    stage.owed = owed
    await asyncio.wait_for(follower.run(), 20)
    assert looks == [frozenset()] * 2


async def test_transfers_are_under_way_together_within_bounds(
    stage: Stage, follower: Follower
) -> None:
    """Others need not wait for who is slow; but not all connections are this task's."""
    collects: list[Step] = [Collect(1, f"f{number}") for number in range(3, 10)]
    under_way: list[int] = [0]
    slow = asyncio.Event()

    async def get() -> None:
        under_way.append(under_way[-1] + 1)
        await asyncio.sleep(0.02)
        under_way.append(under_way[-1] - 1)
        if len(stage.done) == len(collects) - 2:
            slow.set()

    async def stall() -> None:
        await slow.wait()

    stage.steps = {collects[0]: stall, SUBMIT: fail}
    stage.steps |= dict.fromkeys(collects[1:], get)
    stage.owed = lambda _: DONE if stage.done else Owed((*collects, SUBMIT))
    await asyncio.wait_for(follower.run(), 20)
    assert set(stage.done) == set(collects), "and nothing else before these are over"
    assert max(under_way) == TRANSFERS - 1


class TestSharing:
    """What one of several may do is done by the first in order; the others wait."""

    def take(self, stage: Stage) -> None:
        stage.steps = {CLOSE: lambda: None}
        stage.owed = lambda _: DONE if stage.done else Owed((CLOSE,))

    async def test_the_first_in_order_does_it_at_once(
        self, stage: Stage, follower: Follower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "SHARED_SECONDS", 3600.0)
        stage.round_is = {"leader": "f2"}
        self.take(stage)
        await asyncio.wait_for(follower.run(), 20)
        assert stage.done == [CLOSE]

    async def test_the_next_waits_and_does_it_if_nobody_did(
        self, stage: Stage, follower: Follower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "SHARED_SECONDS", 0.2)
        self.take(stage)
        started = time.monotonic()
        await asyncio.wait_for(follower.run(), 20)
        assert time.monotonic() - started >= 0.2
        assert stage.done == [CLOSE]

    async def test_it_is_not_done_where_another_did_it_meanwhile(
        self,
        stage: Stage,
        follower: Follower,
        running: asyncio.Task[None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(module, "SHARED_SECONDS", 3600.0)
        stage.steps = {CLOSE: lambda: None}
        looks: list[View] = []

        def owed(view: View) -> Owed:
            looks.append(view)
            return Owed((CLOSE,)) if len(looks) < 2 else DONE

        stage.owed = owed
        follower.wake()
        await until(lambda: len(looks) == 1)
        follower.wake()
        await asyncio.wait_for(running, 20)
        assert stage.done == []

    async def test_what_only_this_node_owes_is_not_deferred(
        self, stage: Stage, follower: Follower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "SHARED_SECONDS", 3600.0)
        stage.round_is = {"committee": ["f1", "f3", "f2"]}
        stage.steps = {SUBMIT: lambda: None}
        stage.owed = lambda _: DONE if stage.done else Owed((SUBMIT,))
        await asyncio.wait_for(follower.run(), 20)
        assert stage.done == [SUBMIT]


async def test_it_knows_for_how_long_the_round_has_waited_for_whom(
    stage: Stage, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "CLOSED", time.time_ns() // 1_000_000)
    monkeypatch.setattr(worlds, "STAGE", 60_000)
    looks: list[dict[str, int]] = []

    def closed(term: dict[str, object]) -> dict[str, object]:
        return {"state": "EVALUATING", "by": ["f1"], "term": term}

    def owed(view: View) -> Owed:
        looks.append(dict(view.waited_ms))
        if len(looks) == 2:
            stage.round_is = closed({"bound": ["f1", "f3"]})
        if len(looks) == 3:
            stage.round_is = closed({"bound": ["f1", "f3"], "term": 2})
        return Owed(look_again_ms=view.now_ms + 50) if len(looks) < 4 else DONE

    stage.round_is = closed({"bound": ["f1"]})
    stage.owed = owed
    await asyncio.wait_for(follower.run(), 20)
    first, second, third, fourth = looks
    assert first == {"f2": 0, "f3": 0}
    assert second["f2"] == second["f3"] >= 50
    assert third["f2"] >= second["f2"] + 50, "it goes on waiting"
    assert "f3" not in third, "it has done its part"
    assert fourth == {"f2": 0}, "another term waits anew"
