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
    Kind,
    Peer,
    Store,
    Trust,
    serve,
)
from weftwork.config import Connection, load_yaml

__all__ = ["transfer"]

FROM, TO = "factory1", "factory2"


class _Anyone:
    """A policy that allows all: what nodes ask the ledger for it they mostly know already."""

    async def may_push(self, _: Peer, __: Header) -> bool:
        return True

    async def may_fetch(self, _: Peer, __: str, ___: str) -> bool:
        return True


@dataclass(frozen=True)
class _There:
    endpoint: str
    msp_id: str
    common_name: str


async def transfer(home: Home, file: Path, turns: int) -> float:
    """Median seconds of a push of `file` from one factory's node to another's, on this machine."""
    giver, taker = (_connection(home, one) for one in (FROM, TO))
    client, seconds = ArtifactClient(giver), []
    content = file.read_bytes()
    artifact = Artifact(digest=hashlib.sha256(content).hexdigest(), size=len(content))
    for _ in range(1 + turns):
        with tempfile.TemporaryDirectory() as folder:
            store, trust = Store(Path(folder)), Trust(taker.trust)
            service = ArtifactService(store, _Anyone(), trust)
            async with serve("127.0.0.1:0", taker.tls, trust, service) as port:
                there = _There(f"localhost:{port}", taker.msp_id, f"node.{TO}")
                header = Header("benchmark", 1, Kind.UPDATE, artifact, "signed")
                begin = time.perf_counter()
                await client.push(there, header, file)
                seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[1:])


def _connection(home: Home, organisation: str) -> Connection:
    return load_yaml(home.site(organisation).identity("node").connection, Connection)
