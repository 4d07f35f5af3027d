"""Events wake a look at the ledger; none of them ends the watch."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import cast

from requester_cli.follow import follow
from requester_cli.progress import Snapshot
from tests.unit.requester_cli.examples import task
from weftwork.errors import IntegrityError
from weftwork.ledger import Ledger
from weftwork.ledger.events import LedgerEvent
from weftwork.ledger.records import Task


class Garbled:
    """A ledger whose every event is unreadable, and whose task ends at the second look."""

    def __init__(self) -> None:
        self.tasks = self
        self.looked = 0

    async def get(self, name: str) -> Task:
        self.looked += 1
        return task(id=name, state="CANCELLED" if self.looked > 1 else "PUBLISHED")

    async def events(
        self, *, unreadable: Callable[[IntegrityError], None]
    ) -> AsyncIterator[LedgerEvent]:
        while True:
            unreadable(IntegrityError("event: no JSON"))
            await asyncio.sleep(0)
        yield


async def test_an_event_that_cannot_be_read_is_passed_over_and_wakes_a_look() -> None:
    ledger = cast("Ledger", Garbled())
    async with asyncio.timeout(5):  # well below the look without an event
        states = [look.snapshot.task.state async for look in follow(ledger, Snapshot(task()))]
    assert states == ["PUBLISHED", "CANCELLED"]
