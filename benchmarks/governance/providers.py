"""Ten providers of the consortium's three factories: identities, and what a node works with."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from benchmarks.governance.standin import StandIn
from network.consortium import Consortium
from network.members import ROLE
from provider_node.budgets import Budgets
from provider_node.config import NodeConfig
from provider_node.consent import PolicyFile
from provider_node.directory import Directory
from provider_node.journal import Journals
from provider_node.memories import Memories
from provider_node.offers import Offers
from provider_node.site import Site
from provider_node.snapshots import Snapshots
from provider_node.trainers import Trainers
from provider_node.trials import Trials
from provider_node.view import Me
from weftwork.artifacts import ArtifactClient, Store
from weftwork.config import Connection, KeyPair, load_yaml
from weftwork.identity import CertificateAuthority, load_msp, write_identity
from weftwork.learning.data import Builtin, LocalData
from weftwork.ledger import Ledger

__all__ = ["DATA", "FACTORIES", "providers"]

FACTORIES = ("factory1", "factory2", "factory3")
DATA = "digits"
# Nobody connects to these: all artifacts are on the disk before they are needed.
FIRST_PORT = 1


@dataclass(frozen=True)
class _Identity:
    name: str
    connection: Connection


@asynccontextmanager
async def providers(
    consortium: Consortium, folder: Path, count: int
) -> AsyncIterator[dict[str, Site]]:
    """Registered providers by name, each with a store of its own, and a stand-in for its trainer.

    An organisation has one of them, or several: then the others are newly enrolled by its CA.
    """
    identities = await asyncio.to_thread(_identities, consortium, folder, count)
    async with AsyncExitStack() as stack:
        sites = {}
        for i, one in enumerate(identities):
            ledger = await stack.enter_async_context(Ledger.open(one.connection))
            await ledger.participants.register(one.name, f"localhost:{FIRST_PORT + i}")
            sites[one.name] = _site(one, ledger, folder / one.name)
        yield sites


def _identities(consortium: Consortium, folder: Path, count: int) -> list[_Identity]:
    found, run = [], secrets.token_hex(3)
    for i in range(count):
        factory = FACTORIES[i % len(FACTORIES)]
        path = consortium.home.site(factory).identity("node").connection
        connection = load_yaml(path, Connection)
        name = f"{factory}-{run}-{i}"
        pair = _enrolled(consortium, factory, name, folder / name / "identity")
        found.append(_Identity(name, connection.model_copy(update={"identity": pair})))
    return found


def _enrolled(consortium: Consortium, factory: str, name: str, folder: Path) -> KeyPair:
    """A new identity of the factory; on the way to its peer it uses the node's TLS identity."""
    site = consortium.home.site(factory)
    endpoint = consortium.topology.organisation(factory).ca.endpoint
    authority = CertificateAuthority(f"https://{endpoint}", f"ca.{factory}", site.public.ca)
    admin = load_msp(site.identity("admin").msp)
    secret = authority.register(admin, name, "client", {ROLE: "provider"})
    write_identity(folder, authority.enroll(name, secret))
    msp = folder / "msp"
    return KeyPair(certificate=msp / "signcerts" / "cert.pem", key=msp / "keystore" / "key.pem")


def _site(identity: _Identity, ledger: Ledger, folder: Path) -> Site:
    data = LocalData(name=DATA, source=Builtin(kind="builtin", name="digits", part="train"))
    config = NodeConfig(
        name=identity.name,
        connection=folder / "connection.yaml",
        listen="127.0.0.1:1",
        endpoint="localhost:1",
        store=folder,
        data=(data,),
    )
    trainers = cast("Trainers", StandIn())
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    return Site(
        config=config,
        me=Me(identity.name, "provider"),
        ledger=ledger,
        directory=Directory(ledger),
        snapshots=Snapshots(ledger),
        store=Store(folder),
        journals=Journals(folder / "journals"),
        scratch=scratch,
        client=ArtifactClient(identity.connection),
        trainers=trainers,
        offers=Offers(config.data, trainers, folder),
        trials=Trials(trainers),
        budgets=Budgets(config.privacy, folder / "privacy"),
        memories=Memories(folder / "memory"),
        policy=PolicyFile(None),
    )
