"""How long a model takes from one node to another: the artifact service over mutual TLS."""

import hashlib
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from network.layout import Home
from weftwork.artifacts import (
    Artifact,
    ArtifactClient,
    ArtifactService,
    Header,
    Peer,
    Store,
    Trust,
    serve,
)
from weftwork.config import Connection, load_yaml

__all__ = ["transfer"]

FROM, TO = "factory1", "factory2"


class _Anyone:
    """A policy that gives all: what nodes ask the ledger for it they mostly know already."""

    async def may_push(self, _: Peer, __: Header) -> bool:
        return False

    async def may_fetch(self, _: Peer, __: str, ___: str) -> bool:
        return True


@dataclass(frozen=True)
class _There:
    endpoint: str
    msp_id: str
    common_name: str


async def transfer(home: Home, file: Path, turns: int) -> float:
    """Median seconds in which one factory's node fetches `file` from another's, on this machine."""
    giver, taker = (_connection(home, one) for one in (FROM, TO))
    client, seconds = ArtifactClient(taker), []
    content = file.read_bytes()
    artifact = Artifact(digest=hashlib.sha256(content).hexdigest(), size=len(content))
    for _ in range(1 + turns):
        with tempfile.TemporaryDirectory() as folder:
            given, taken = Store(Path(folder, "given")), Store(Path(folder, "taken"))
            with file.open("rb") as update:
                given.put(update)
            trust = Trust(giver.trust)
            service = ArtifactService(given, _Anyone(), trust)
            async with serve("127.0.0.1:0", giver.tls, trust, service) as port:
                there = _There(f"localhost:{port}", giver.msp_id, f"node.{FROM}")
                begin = time.perf_counter()
                await client.fetch(there, "benchmark", artifact, taken)
                seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[1:])


def _connection(home: Home, organisation: str) -> Connection:
    return load_yaml(home.site(organisation).identity("node").connection, Connection)
