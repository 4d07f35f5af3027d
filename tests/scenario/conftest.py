"""The shared network with its nodes running."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from network.consortium import Consortium
from tests.scenario.consortium_at_work import AtWork, all_at_work, open_ledger
from weftwork.ledger import Ledger


@pytest_asyncio.fixture(scope="session")
async def at_work(
    consortium: Consortium, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AtWork]:
    """All nodes, started once for all scenarios, which are the last tests of a session."""
    async with await open_ledger(consortium, "requester", "requester") as ledger:
        await leave_nothing_open(ledger)
    async with all_at_work(consortium, tmp_path_factory.mktemp("requester")) as work:
        yield work


async def leave_nothing_open(ledger: Ledger) -> None:
    """Cancel what other tests have left: the nodes would be at it while a scenario runs."""
    for state in ("PUBLISHED", "RUNNING"):
        for task in await ledger.tasks.list(state):
            if task.requester == ledger.common_name:
                await ledger.tasks.cancel(task.id, "left by another test")
