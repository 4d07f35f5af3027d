"""The ledger's part of a round: from the last update's submission to the commit.

A real network, real chaincode, and the members' own code: they follow the task as nodes do, woken
by events, reading the ledger before each step. Only their trainers compute nothing (`standin`),
updates and models are a few bytes, and all are on the members' disks already.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from io import BytesIO

from benchmarks.governance.providers import DATA
from provider_node.follower import Follower
from provider_node.reconciler import TURNS
from provider_node.site import Site
from weftwork.learning.data import Features, Labels, Schema
from weftwork.ledger import Ledger
from weftwork.ledger.records import Artifact, Join, Round, TaskDefinition, Update

__all__ = ["Chain", "definition"]

SAMPLES = 1000
PATIENCE_SECONDS = 60
# A member that has nothing to do by then waits for the last update.
SETTLING_SECONDS = 1.5
# An organisation's peer may be a block behind another's.
LAG_SECONDS = 0.5
COMMITTED = "weftwork.v1.Rounds.Committed"


def definition(initial: Artifact, providers: int, rounds: int) -> TaskDefinition:
    """A task whose rounds wait for all of them, and whose committee has the usual size."""
    schema = Schema(features=Features(shape=(64,)), labels=Labels(classes=10))
    return TaskDefinition.model_validate(
        {
            "title": "Benchmark",
            "model": {
                "name": "mlp",
                "version": 1,
                "parameters": {"inputs": 64, "hidden": [8], "classes": 10},
            },
            "initial_model": initial.model_dump(),
            "training": {
                "strategy": [{"name": "fedavg"}],
                "rounds": rounds,
                "local_epochs": 10,
                "batch_size": 32,
                "learning_rate": "0.1",
                "momentum": "0",
                "seed": 7,
            },
            "data": {
                "schema": schema.model_dump(mode="json", by_alias=True),
                "schema_digest": schema.digest,
            },
            "participants": {"min": providers, "max": providers, "join_seconds": 600},
            "round_seconds": 3600,
            "archive": "requester",
        }
    )


class Chain:
    """A running task of `sites`, whose rounds are driven one after the other."""

    def __init__(self, requester: Ledger, sites: dict[str, Site], task: str) -> None:
        self._requester, self._sites, self._task = requester, sites, task

    @classmethod
    async def begun(cls, requester: Ledger, sites: dict[str, Site], rounds: int) -> "Chain":
        """Published, joined by all, and started."""
        initial = _everywhere(sites, b"initial")
        task, content = f"benchmark-{secrets.token_hex(8)}", definition(initial, len(sites), rounds)
        await requester.tasks.publish(task, content)
        await asyncio.sleep(LAG_SECONDS)
        published = await requester.tasks.get(task)
        for site in sites.values():
            terms = Join(
                data_type=DATA,
                samples=SAMPLES,
                schema_digest=content.data.schema_digest,
                acceptance=site.ledger.sign_acceptance(task, published.own_digest),
            )
            await site.ledger.tasks.join(task, terms)
        await asyncio.sleep(LAG_SECONDS)
        await requester.tasks.start(task, sorted(sites))
        return cls(requester, sites, task)

    async def end(self) -> None:
        """Leave no task open behind."""
        if (await self._requester.tasks.get(self._task)).state == "RUNNING":
            await self._requester.tasks.cancel(self._task, "measured")

    async def play(self, number: int) -> dict[str, float]:
        """Seconds from the last submission until the last event of each name; to `Committed`."""
        await asyncio.sleep(LAG_SECONDS)
        opened = await self._requester.rounds.get(self._task, number)
        last = next(name for name in sorted(self._sites) if name not in opened.committee)
        heard = asyncio.create_task(self._heard(number))
        try:
            for name in sorted(self._sites):
                if name != last:
                    await self._submit(opened, name)
            async with AsyncExitStack() as stack:
                for name in opened.committee:
                    await stack.enter_async_context(_following(self._sites[name], self._task))
                await asyncio.sleep(SETTLING_SECONDS)
                begin = time.perf_counter()
                await self._submit(opened, last)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    at = await heard
        finally:
            heard.cancel()
        await self._keep(number)
        return {name: moment - begin for name, moment in at.items() if moment > begin}

    async def _heard(self, number: int) -> dict[str, float]:
        """When each event of the round came for the last time, until its commit."""
        at: dict[str, float] = {}
        async for event in self._requester.events():
            if (event.task, event.round) == (self._task, number):
                at[event.name.rpartition(".")[2]] = time.perf_counter()
                if event.name == COMMITTED:
                    break
        return at

    async def _submit(self, opened: Round, name: str) -> None:
        site = self._sites[name]
        artifact = _everywhere(self._sites, f"{opened.round} {name}".encode())
        update = Update(
            digest=artifact.digest,
            size=artifact.size,
            samples=SAMPLES,
            base_digest=opened.base.digest,
            signature=site.ledger.sign_update(self._task, opened.round, artifact.digest),
        )
        await site.ledger.rounds.submit_update(self._task, opened.round, update)

    async def _keep(self, number: int) -> None:
        """Give the new model to whoever is on the next committee and has not computed it."""
        record = (await self._requester.rounds.get(self._task, number)).record
        assert record is not None  # noqa: S101 - its event was heard
        maker = self._sites[record.leader].store
        with maker.open(record.digest) as file:
            _everywhere(self._sites, file.read())


def _everywhere(sites: dict[str, Site], content: bytes) -> Artifact:
    """Put it on every provider's disk."""
    for site in sites.values():
        artifact = site.store.put(BytesIO(content))
    return artifact


@asynccontextmanager
async def _following(site: Site, task: str) -> AsyncIterator[None]:
    """In the block, the provider does for the task what a node owes, when an event wakes it."""
    follower = Follower(site, task, asyncio.Semaphore(TURNS))
    follower.wake()  # what it has read of an earlier round is old

    async def listen() -> None:
        async for event in site.ledger.events():
            if event.task == task:
                follower.wake()

    work = [asyncio.create_task(one) for one in (follower.run(), listen())]
    try:
        yield
    finally:
        for one in work:
            one.cancel()
        await asyncio.wait(work)
