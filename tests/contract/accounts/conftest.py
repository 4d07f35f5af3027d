"""The parties, and the requester's command line."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from network.consortium import Consortium
from tests.contract.requester_cli.commands import RequesterCli
from tests.contract.requester_cli.parties import Parties


@pytest_asyncio.fixture(scope="module")
async def parties(consortium: Consortium) -> AsyncIterator[Parties]:
    async with Parties.meet(consortium.home) as parties:
        yield parties


@pytest.fixture
def run(consortium: Consortium, tmp_path: Path) -> RequesterCli:
    """The command line of the requester, in an empty folder."""
    return RequesterCli(consortium.home.requester, tmp_path)
