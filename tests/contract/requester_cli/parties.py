"""The other parties of a task, played by hand over the real ledger: no training, true records."""

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import Any

from network.layout import Home
from requester_cli.parties import register_self
from tests.contract.committee import Committee, caught_up
from weftwork.artifacts import ArtifactService, Header, Peer, Store, Trust, serve
from weftwork.config import Connection, load_yaml
from weftwork.errors import NotFoundError
from weftwork.ledger import Ledger
from weftwork.ledger.records import (
    Aggregation,
    Artifact,
    Governance,
    Receipt,
    Round,
    Task,
    TaskDefinition,
)
from weftwork.ledger.wallet import choose

FACTORIES = ("factory1", "factory2", "factory3")
ARCHIVE = "requester"


def artifact(content: bytes) -> Artifact:
    return Artifact(digest=hashlib.sha256(content).hexdigest(), size=len(content))


def definition(**changes: Any) -> dict[str, Any]:
    content = {
        "title": "Played by hand",
        "description": "",
        "purpose": "a test",
        "model": {"name": "mlp", "version": 1, "parameters": {"inputs": 2, "classes": 2}},
        "initial_model": artifact(b"model 0").model_dump(),
        "validation": None,
        "training": {
            "strategy": [{"name": "fedavg"}],
            "rounds": 2,
            "local_epochs": 1,
            "batch_size": 32,
            "learning_rate": "0.1",
            "momentum": "0",
            "seed": 7,
        },
        "privacy": None,
        "data": {"schema": {"version": 1}, "schema_digest": artifact(b"schema").digest},
        "usage_rules": "Tests only.",
        "participants": {"min": 3, "max": 3, "join_seconds": 600},
        "round_seconds": 600,
        "target_accuracy_ppm": 0,
        "reward": {"amount": 1000, "unit": "credit"},
        "governance": Governance(stage_seconds=600).model_dump(),
        "aggregation": Aggregation().model_dump(),
        "archive": ARCHIVE,
    }
    return content | changes


def terms(**changes: Any) -> dict[str, Any]:
    """What a provider joins a task of `definition` with, but for its acceptance."""
    content = {
        "data_type": "numbers",
        "samples": 100,
        "attributes": {},
        "schema_digest": artifact(b"schema").digest,
        "privacy_budget": {"mode": "none"},
    }
    return content | changes


async def accepting(provider: Ledger, task: str, **changes: Any) -> dict[str, Any]:
    """What `provider` joins `task` with: terms that accept the definition that it reads."""
    digest = (await provider.tasks.get(task)).own_digest
    return terms(**changes) | {"acceptance": provider.sign_acceptance(task, digest)}


async def join(provider: Ledger, task: str, **changes: Any) -> None:
    await provider.tasks.join(task, await accepting(provider, task, **changes))


def signed(provider: Ledger, update: Artifact, round: Round) -> dict[str, Any]:
    """The provider's update of a round."""
    return (
        update.model_dump()
        | {"samples": 100, "base_digest": round.base.digest}
        | {"signature": provider.sign_update(round.task, round.round, update.digest)}
        | {"privacy": {"mode": "none"}, "metrics": {}}
    )


class Open:
    """Everyone who gets through the TLS handshake may do everything."""

    async def may_push(self, peer: Peer, header: Header) -> bool:
        return True

    async def may_fetch(self, peer: Peer, task: str, digest: str) -> bool:
        return True


@dataclass
class Parties:
    """Ledgers of the requester's user, its treasurer and archive node, and the factories' nodes."""

    home: Home
    requester: Ledger
    treasurer: Ledger
    archive: Ledger
    buyer: str = ""  # the requester's name
    factories: dict[str, Ledger] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def meet(cls, home: Home) -> "AsyncIterator[Parties]":
        async with AsyncExitStack() as stack:

            async def enter(organisation: str, identity: str) -> Ledger:
                ledger = Ledger.open(connection(home, organisation, identity))
                return await stack.enter_async_context(ledger)

            people = [await enter("requester", name) for name in ("requester", "treasurer")]
            parties = cls(home, people[0], people[1], await enter(ARCHIVE, "node"))
            for name in FACTORIES:
                parties.factories[name] = await enter(name, "node")
                await announce(parties.factories[name], name, "localhost:1")
            await announce(parties.archive, ARCHIVE, "localhost:1")
            parties.buyer = await register_self(parties.requester)
            await parties.deposit(parties.buyer, 1_000_000)
            yield parties

    async def deposit(self, account: str, amount: int, unit: str = "credit") -> None:
        """Have the treasurer pay in."""
        reference = f"test-{secrets.token_hex(6)}"
        deposit = partial(self.treasurer.accounts.deposit, account, unit, amount, reference)
        await caught_up(deposit)

    async def funds(self, amount: int = 1000, unit: str = "credit") -> list[str]:
        """Ids of coins of the requester's that cover `amount`."""
        coins = await self.requester.accounts.coins(self.buyer, unit)
        chosen = choose(coins, amount, SystemRandom())
        assert chosen is not None
        return [coin.id for coin in chosen]

    async def pay(self, task: str, content: TaskDefinition) -> Receipt:
        """Publish `content`, paid by the requester."""
        return await self.requester.wallet(self.buyer).pay(
            content.reward, lambda coins: self.requester.tasks.publish(task, content, coins)
        )

    async def publish(self, task: str, **changes: Any) -> Task:
        await self.pay(task, TaskDefinition.model_validate(definition(**changes)))
        return await self.requester.tasks.get(task)

    async def join_all(self, task: str, **changes: Any) -> None:
        for ledger in self.factories.values():
            await caught_up(partial(join, ledger, task, **changes))

    async def start(self, task: str, **changes: Any) -> None:
        await self.join_all(task, **changes)
        await caught_up(partial(self.archive.tasks.start, task, list(FACTORIES)))

    async def submit(self, task: str, number: int, name: str) -> None:
        round_ = await caught_up(partial(self.requester.rounds.get, task, number))
        update = artifact(f"update {number} of {name}".encode())
        ledger = self.factories[name]
        content = signed(ledger, update, round_)
        await caught_up(partial(ledger.rounds.submit_update, task, number, content))

    def committee(self, task: str, number: int) -> Committee:
        """The factories, who decide the round."""
        return Committee(self.factories, task, number)

    async def conclude(self, task: str, number: int) -> None:
        """The committee agrees on the round's model."""
        await self.committee(task, number).decide(artifact(content(number)), accuracy(number))

    async def play_round(self, task: str, number: int) -> None:
        for name in FACTORIES:
            await self.submit(task, number, name)
        await self.conclude(task, number)

    async def play(self, task: str) -> Task:
        """From joining to the end."""
        await self.start(task)
        for number in (1, 2):
            await self.play_round(task, number)
        return await self.finish(task)

    async def finish(self, task: str) -> Task:
        last = await self.requester.rounds.get(task, 2)
        await caught_up(partial(self.factories[last.leader].rounds.finalize, task))
        return await caught_up(partial(self.finished, task))

    async def finished(self, task: str) -> Task:
        """The task as the requester's peer has it, which may not have its end yet."""
        found = await self.requester.tasks.get(task)
        if found.state != "FINISHED":
            raise NotFoundError(f"{task} is {found.state}")
        return found

    @asynccontextmanager
    async def keep(self, organisation: str, folder: Path) -> AsyncIterator[Store]:
        """The organisation's node serves artifacts, and the ledger says where, while this lasts."""
        ledger = self.archive if organisation == ARCHIVE else self.factories[organisation]
        own = connection(self.home, organisation, "node")
        trust = Trust(own.trust)
        store = Store(folder)
        service = ArtifactService(store, Open(), trust)
        async with serve("127.0.0.1:0", own.tls, trust, service) as port:
            await ledger.participants.update_endpoint(f"localhost:{port}")
            try:
                yield store
            finally:
                await ledger.participants.update_endpoint("localhost:1")


def accuracy(number: int) -> int:
    """What the global model of a round is worth, in parts per million."""
    return 400_000 + 250_000 * number


def content(number: int) -> bytes:
    """The global model of a round."""
    return f"model {number}".encode()


def connection(home: Home, organisation: str, identity: str) -> Connection:
    return load_yaml(home.site(organisation).identity(identity).connection, Connection)


async def announce(ledger: Ledger, name: str, endpoint: str) -> None:
    """Register, or if that was done before, say where the node is now."""
    known = [one.common_name for one in await ledger.participants.list()]
    if ledger.common_name in known:
        await ledger.participants.update_endpoint(endpoint)
    else:
        await ledger.participants.register(name, endpoint)
