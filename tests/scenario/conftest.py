"""The shared network with its nodes running."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from network.consortium import Consortium
from tests.scenario.consortium_at_work import EVERYONE, AtWork, open_ledger
from weftwork.ledger import Ledger


@pytest_asyncio.fixture(scope="session")
async def at_work(
    consortium: Consortium, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AtWork]:
    """All nodes, started once for all scenarios, which are the last tests of a session."""
    ledger = await open_ledger(consortium, "requester", "requester")
    async with ledger:
        await leave_nothing_open(ledger)
        work = AtWork(consortium, ledger, tmp_path_factory.mktemp("requester"))
        listening = asyncio.create_task(work.listen())
        await work.start(*EVERYONE)
        await work.deposit(1_000_000)
        yield work
        work.stop(*EVERYONE)
        listening.cancel()


async def leave_nothing_open(ledger: Ledger) -> None:
    """Cancel what other tests have left: the nodes would be at it while a scenario runs."""
    for state in ("PUBLISHED", "RUNNING"):
        for task in await ledger.tasks.list(state):
            if task.requester == ledger.common_name:
                await ledger.tasks.cancel(task.id, "left by another test")
