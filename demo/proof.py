"""Ask another organisation's peer, with the official binary, which model the ledger names."""

import hashlib
import json
from pathlib import Path

from network import binaries
from network.consortium import Consortium
from network.peercli import PeerCli
from weftwork.config import weftwork_home
from weftwork.errors import IntegrityError


def query(task: str) -> tuple[str, str]:
    """Name of a factory, and the final digest of `task` as that factory's own peer gives it."""
    consortium = Consortium(weftwork_home(), binaries.ensure())
    factory = next(one for one in consortium.topology.organisations if one.node.role == "provider")
    peer = PeerCli(binaries.ensure().peer, factory, consortium.home)
    call = json.dumps({"Args": ["Tasks:Get", task]})
    printed = peer.run(
        *("chaincode", "query", "-C", consortium.topology.channel, "-n", "weftwork", "-c", call)
    )
    digest: str = json.loads(printed)["model"]["digest"]
    return factory.name, digest


def compare(digest: str, file: Path) -> None:
    """Raise `IntegrityError` unless the bytes of `file` have that SHA-256 digest."""
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != digest:
        raise IntegrityError(f"{file}: digest {found}, but the ledger names {digest}")
