"""The shared network with its nodes running."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from network.consortium import Consortium
from tests.scenario.consortium_at_work import EVERYONE, AtWork, open_ledger


@pytest_asyncio.fixture(scope="session")
async def at_work(
    consortium: Consortium, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AtWork]:
    """All nodes, started once for all scenarios, which are the last tests of a session."""
    ledger = await open_ledger(consortium, "requester", "requester")
    async with ledger:
        work = AtWork(consortium, ledger, tmp_path_factory.mktemp("requester"))
        listening = asyncio.create_task(work.listen())
        await work.start(*EVERYONE)
        yield work
        work.stop(*EVERYONE)
        listening.cancel()
