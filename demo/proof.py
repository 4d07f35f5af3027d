"""Ask another organisation's peer, with the official binary, which model the ledger names."""

import hashlib
import json
import shlex
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from network import binaries
from network.consortium import Consortium
from network.peercli import PeerCli
from weftwork.config import weftwork_home
from weftwork.errors import IntegrityError


def query(console: Console, task: str) -> tuple[str, str]:
    """Name of a factory, and the final digest of `task` as that factory's own peer gives it.

    Shows what a person would type for the same.
    """
    consortium = Consortium(weftwork_home(), binaries.ensure())
    factory = next(one for one in consortium.topology.organisations if one.node.role == "provider")
    call = json.dumps({"Args": ["Tasks:Get", task]})
    asked = ("chaincode", "query", "-C", consortium.topology.channel, "-n", "weftwork", "-c", call)
    for typed in (f'eval "$(python -m network env {factory.name})"', shlex.join(("peer", *asked))):
        console.print(f"[dim]$ {escape(typed)}[/dim]", soft_wrap=True)
    printed = PeerCli(binaries.ensure().peer, factory, consortium.home).run(*asked)
    digest: str = json.loads(printed)["model"]["digest"]
    return factory.name, digest


def compare(digest: str, file: Path) -> None:
    """Raise `IntegrityError` unless the bytes of `file` have that SHA-256 digest."""
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != digest:
        raise IntegrityError(f"{file}: digest {found}, but the ledger names {digest}")
