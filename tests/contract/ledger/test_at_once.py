"""Twenty providers at once: each writes keys of its own, so that no transaction meets another's.

Everything is submitted once, without the retry that `Ledger` has for conflicts.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest_asyncio

from network.consortium import Consortium
from tests.contract.committee import caught_up
from tests.contract.ledger.newcomers import newcomers
from tests.contract.requester_cli.parties import (
    Parties,
    accepting,
    artifact,
    signed,
)
from weftwork.ledger import Ledger

COUNT = 20
MODELS = [artifact(f"what number {at} has trained".encode()) for at in range(COUNT)]


@pytest_asyncio.fixture(scope="module")
async def parties(consortium: Consortium) -> AsyncIterator[Parties]:
    async with Parties.meet(consortium.home) as parties:
        yield parties


@pytest_asyncio.fixture(scope="module")
async def twenty(consortium: Consortium) -> AsyncIterator[dict[str, Ledger]]:
    async with newcomers(consortium, COUNT) as ledgers:
        yield ledgers


async def once(ledger: Ledger, contract: str, transaction: str, *arguments: str) -> str:
    """The outcome of one submission; raises `CommitError` where it conflicts."""
    answer = await ledger.network.contract("weftwork", contract).submit(transaction, *arguments)
    return str(json.loads(answer)["outcome"])


async def test_registrations_joinings_and_updates_at_once_do_not_conflict(
    parties: Parties, twenty: dict[str, Ledger]
) -> None:
    recorded = ["recorded"] * COUNT
    registrations = (
        once(ledger, "Participants", "Register", name, "localhost:1")
        for name, ledger in twenty.items()
    )
    assert await asyncio.gather(*registrations) == recorded

    task = f"at-once-{secrets.token_hex(4)}"
    limits = {"min": COUNT, "max": COUNT, "join_seconds": 600}
    await parties.publish(task, participants=limits)
    await everywhere(parties, lambda one: one.tasks.get(task))
    terms = {name: json.dumps(await accepting(one, task)) for name, one in twenty.items()}
    joinings = (once(one, "Tasks", "Join", task, terms[name]) for name, one in twenty.items())
    assert await asyncio.gather(*joinings) == recorded

    await caught_up(partial(parties.archive.tasks.start, task, sorted(twenty)))
    await everywhere(parties, lambda one: one.rounds.get(task, 1))
    opened = await parties.requester.rounds.get(task, 1)
    updates = (
        once(one, "Rounds", "SubmitUpdate", task, "1", json.dumps(signed(one, model, opened)))
        for one, model in zip(twenty.values(), MODELS, strict=True)
    )
    assert await asyncio.gather(*updates) == recorded
    of_their_peer = next(iter(twenty.values()))  # which has seen them all; others may lag behind
    assert (await of_their_peer.rounds.get(task, 1)).missing == []

    await parties.requester.tasks.cancel(task, "done")
    withdrawals = (once(one, "Participants", "Deactivate") for one in twenty.values())
    assert await asyncio.gather(*withdrawals) == recorded


async def everywhere(parties: Parties, see: Callable[[Ledger], Awaitable[object]]) -> None:
    """Every organisation's peer has what `see` looks for: none endorses on an older block."""
    for ledger in (parties.requester, *parties.factories.values()):
        await caught_up(partial(see, ledger))
