"""The command line of the requester, and the other parties, over one real network."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from network.consortium import Consortium
from tests.contract.requester_cli.commands import RequesterCli
from tests.contract.requester_cli.parties import Parties


@pytest.fixture
def run(consortium: Consortium, tmp_path: Path) -> RequesterCli:
    """The command line, in an empty folder."""
    return RequesterCli(consortium.home.requester, tmp_path)


@pytest_asyncio.fixture(scope="session")
async def parties(consortium: Consortium) -> AsyncIterator[Parties]:
    """Everyone else, registered."""
    async with Parties.meet(consortium.home) as parties:
        yield parties


@pytest.fixture
def task() -> str:
    """An id of this test's own."""
    return f"hand-{secrets.token_hex(3)}"


@pytest_asyncio.fixture(scope="session")
async def finished(parties: Parties) -> str:
    """A task that was played to its end."""
    name = f"done-{secrets.token_hex(3)}"
    await parties.publish(name)
    await parties.play(name)
    return name
