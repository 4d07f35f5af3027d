"""Two organisations, a node that serves, and a client: all that a transfer takes."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.artifacts.authority import Authority, connection
from weftwork.artifacts import (
    Artifact,
    ArtifactClient,
    ArtifactService,
    Header,
    Kind,
    Limits,
    Peer,
    Store,
    Trust,
    serve,
)
from weftwork.config import KeyPair

TASK = "digits-1a2b3c"


@dataclass(frozen=True)
class Host:
    endpoint: str
    msp_id: str = "FactoryMSP"
    common_name: str = "node.factory"


@dataclass
class Rules:
    """A policy that answers as the test says, and remembers what it was asked."""

    push: bool = True
    fetch: bool = True
    asked: list[tuple[Peer, object]] = field(default_factory=list)

    async def may_push(self, peer: Peer, header: Header) -> bool:
        self.asked.append((peer, header))
        return self.push

    async def may_fetch(self, peer: Peer, task: str, digest: str) -> bool:
        self.asked.append((peer, (task, digest)))
        return self.fetch


@dataclass
class Site:
    """The factory that serves, the requester that calls."""

    folder: Path
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        self.factory = Authority("FactoryMSP", self.folder / "factory")
        self.requester = Authority("RequesterMSP", self.folder / "requester")
        self.trust = {a.msp_id: a.root_file for a in (self.factory, self.requester)}
        self.server_tls = self.factory.tls("node.factory")
        self.client_tls = self.requester.tls("requester.requester", hosts=())
        self.store = Store(self.folder / "server")
        self.local = Store(self.folder / "client")

    @asynccontextmanager
    async def serving(
        self, limits: Limits | None = None, tls: KeyPair | None = None
    ) -> AsyncIterator[Host]:
        trust = Trust(self.trust)
        service = ArtifactService(self.store, self.rules, trust, limits)
        async with serve("127.0.0.1:0", tls or self.server_tls, trust, service, limits) as port:
            yield Host(f"localhost:{port}")

    def client(
        self,
        limits: Limits | None = None,
        tls: KeyPair | None = None,
        trust: dict[str, Path] | None = None,
    ) -> ArtifactClient:
        identity = connection(self.requester, tls or self.client_tls, trust or self.trust)
        return ArtifactClient(identity, limits)

    def file(self, content: bytes, name: str = "weights") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def leftovers(self) -> list[Path]:
        """What lies half-written in either store."""
        folders = (self.folder / "server", self.folder / "client")
        return [path for folder in folders for path in (folder / "incoming").iterdir()]


def artifact(content: bytes) -> Artifact:
    return Artifact(digest=hashlib.sha256(content).hexdigest(), size=len(content))


def header(content: bytes) -> Header:
    return Header(TASK, Kind.VALIDATION, artifact(content))
