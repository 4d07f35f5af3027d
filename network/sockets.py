"""Ports that are free, ports that are taken, and a short private folder for Unix sockets."""

import os
import random
import socket
import stat
import time
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from pathlib import Path

from network.topology import Topology
from weftwork.errors import EnvironmentFaultError

# Below the range from which systems take the ports of outgoing connections.
_RANGE = range(22000, 32000)

# What a process that was just ended may take to let go of its ports.
_CLOSING_SECONDS = 2.0

# One place whatever the environment: a network that was started from a terminal is also found from
# cron, su or ssh, and a runtime folder (XDG_RUNTIME_DIR) ends with its session, networks do not.
_SOCKETS = Path(f"/tmp/weftwork-{os.getuid()}")  # noqa: S108 - ownership is checked below

# How many taken ports an error names.
_NAMED = 3


def with_free_ports(topology: Topology) -> Topology:
    """The same consortium on ports of this machine that nobody listens on now."""
    owners = [owner for owner, _, _ in topology.listeners()]
    return topology.with_ports(dict(zip(owners, free_ports(len(owners)), strict=True)))


def free_ports(count: int, but: Collection[int] = ()) -> list[int]:
    """That many different ports that nobody listens on now, and none of `but`."""
    candidates = [port for port in _RANGE if port not in but]
    with ExitStack() as held:
        ports: list[int] = []
        for port in random.sample(candidates, len(candidates)):
            listener = held.enter_context(socket.socket())
            if _binds(listener, port):
                ports.append(port)
            if len(ports) == count:
                return ports
    raise EnvironmentFaultError(f"no {count} free ports in {_RANGE.start}-{_RANGE.stop}")


def refuse_taken_ports(topology: Topology, but: Iterable[str] = (), advice: str = "") -> None:
    """`EnvironmentFaultError` naming each port that another program holds, and who needs it.

    Programs in `but` (ORG.COMPONENT) run already and hold their own ports. `advice` says what
    helps beside stopping that other program.
    """
    running = set(but)
    wanted = [
        (port, owner) for owner, _, port in topology.listeners() if owner.split()[0] not in running
    ]
    if taken := _still_taken(wanted):
        more = f" and {len(taken) - _NAMED} more" if len(taken) > _NAMED else ""
        raise EnvironmentFaultError(
            f"in use by another program: port {', '.join(taken[:_NAMED])}{more}; stop it{advice}"
        )


def socket_folder(folder: Path = _SOCKETS) -> Path:
    """A short 0700 folder of this user's: paths of Unix sockets hold about 100 characters."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    private = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    if not private or status.st_mode & 0o077:
        raise EnvironmentFaultError(f"{folder}: not a folder of yours alone (0700); remove it")
    return folder


def _still_taken(wanted: list[tuple[int, str]]) -> list[str]:
    """Those that stay taken: a process that ended lets go of its ports some moments later."""
    deadline = time.monotonic() + _CLOSING_SECONDS
    while taken := [(port, owner) for port, owner in wanted if not _free(port)]:
        if time.monotonic() > deadline:
            return [f"{port} (for {owner})" for port, owner in taken]
        time.sleep(0.05)
    return []


def _free(port: int) -> bool:
    with socket.socket() as listener:
        return _binds(listener, port)


def _binds(listener: socket.socket, port: int) -> bool:
    # As the servers do: a port whose old connections are still winding down is free.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError:
        return False
    return True
