"""One reading of the ledger serves all who ask, and never one from before an event."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from provider_node import snapshots as module
from provider_node.snapshots import Snapshots
from tests.unit.provider_node.worlds import round_, task
from weftwork.errors import NotFoundError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Round, Task


class CountingLedger:
    """Answers slowly with a running task, and counts how often it was asked."""

    def __init__(self) -> None:
        self.reads = 0
        self.known = True
        self.state = "RUNNING"
        self.tasks = SimpleNamespace(get=self.task)
        self.rounds = SimpleNamespace(get=self.round)

    async def task(self, name: str) -> Task:
        self.reads += 1
        await asyncio.sleep(0.01)
        if not self.known:
            raise NotFoundError(name)
        return task(self.state)

    async def round(self, name: str, number: int) -> Round:
        assert (name, number) == ("digits-1", 1)
        return round_()


@pytest.fixture
def ledger() -> CountingLedger:
    return CountingLedger()


@pytest.fixture
def snapshots(ledger: CountingLedger) -> Snapshots:
    return Snapshots(cast("Ledger", ledger))


async def test_many_who_ask_at_once_cost_one_reading(
    ledger: CountingLedger, snapshots: Snapshots
) -> None:
    found = await asyncio.gather(*(snapshots.get("digits-1") for _ in range(20)))
    assert ledger.reads == 1
    assert {id(one) for one in found} == {id(found[0])}
    assert found[0].newest == round_()


async def test_a_task_without_rounds_has_no_newest(
    ledger: CountingLedger, snapshots: Snapshots
) -> None:
    ledger.state = "PUBLISHED"
    assert (await snapshots.get("digits-1")).newest is None


async def test_an_event_makes_what_was_read_old(
    ledger: CountingLedger, snapshots: Snapshots
) -> None:
    await snapshots.get("digits-1")
    snapshots.outdate("another")
    await snapshots.get("digits-1")
    assert ledger.reads == 1
    snapshots.outdate("digits-1")
    await snapshots.get("digits-1")
    assert ledger.reads == 2


async def test_an_event_in_the_middle_of_a_reading_makes_it_old_too(
    ledger: CountingLedger, snapshots: Snapshots
) -> None:
    reading = asyncio.create_task(snapshots.get("digits-1"))
    await asyncio.sleep(0)
    snapshots.outdate("digits-1")
    await reading
    await snapshots.get("digits-1")
    assert ledger.reads == 2


async def test_who_insists_on_a_fresh_one_gets_it(
    ledger: CountingLedger, snapshots: Snapshots
) -> None:
    await snapshots.get("digits-1")
    await snapshots.get("digits-1", max_age=60)
    assert ledger.reads == 1
    await asyncio.sleep(0.02)
    await snapshots.get("digits-1", max_age=0.01)
    assert ledger.reads == 2


async def test_a_failure_is_not_remembered(ledger: CountingLedger, snapshots: Snapshots) -> None:
    ledger.known = False
    with pytest.raises(NotFoundError):
        await snapshots.get("digits-1")
    ledger.known = True
    assert (await snapshots.get("digits-1")).task.id == "digits-1"


async def test_what_is_remembered_is_bounded(
    snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CAPACITY", 4)
    for number in range(100):
        snapshots.outdate(f"task-{number}")
    assert len(snapshots._entries) == 4
