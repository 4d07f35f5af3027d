"""Artifacts: bytes off the ledger, kept by digest and moved between nodes over mutual TLS."""

from weftwork.artifacts.channel import Host
from weftwork.artifacts.client import ArtifactClient
from weftwork.artifacts.header import Header, Kind
from weftwork.artifacts.limits import Limits
from weftwork.artifacts.peer import Peer, Trust
from weftwork.artifacts.server import bound, serve
from weftwork.artifacts.service import ArtifactService, Policy
from weftwork.artifacts.store import Store
from weftwork.ledger.records import Artifact

__all__ = [
    "Artifact",
    "ArtifactClient",
    "ArtifactService",
    "Header",
    "Host",
    "Kind",
    "Limits",
    "Peer",
    "Policy",
    "Store",
    "Trust",
    "bound",
    "serve",
]
