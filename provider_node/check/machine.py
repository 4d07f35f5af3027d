"""This machine: disk, port, accelerator."""

import fcntl
import os
import shutil
import socket
from pathlib import Path

from provider_node.check.finding import Caution
from provider_node.config import NodeConfig
from provider_node.trainer import TrainerProcess
from weftwork.artifacts.channel import split_endpoint
from weftwork.errors import EnvironmentFaultError

__all__ = ["device", "disk", "port"]

GIB = 1 << 30
ENOUGH, LITTLE = 5 * GIB, GIB // 4


async def disk(config: NodeConfig) -> str:
    """Whether artifacts can be kept, and room for them."""
    folder = config.store
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        raise EnvironmentFaultError(f"{existing}: this user may not write there; change its owner")
    free = shutil.disk_usage(existing).free
    room = f"{free / GIB:.1f} GiB free at {folder}"
    if free < LITTLE:
        raise EnvironmentFaultError(f"{room}; make room, or move the store")
    if free < ENOUGH:
        raise Caution(f"{room}: little for a long run; make room, or move the store")
    return room


async def port(config: NodeConfig) -> str:
    """Whether the server can listen; it does already where this very node runs."""
    if _running(config.store):
        return f"{config.listen}: this node is running"
    host, number = split_endpoint(config.listen)
    try:
        family, _, _, _, address = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise EnvironmentFaultError(
            f"{config.listen}: cannot listen there: {error.strerror};"
            " end the program that does, or change listen and endpoint"
        ) from error
    return f"{config.listen} is free"


def _running(store: Path) -> bool:
    try:
        with (store / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


async def device(config: NodeConfig) -> str:
    """Whether the trainer starts, on the device that is configured."""
    async with TrainerProcess(config.means) as trainer:
        ready = await trainer.warm()
    each = " each" if config.processes > 1 else ""
    said = f"torch {ready.torch} on {ready.device}, {ready.threads} threads{each}"
    return ", ".join(filter(None, (said, config.means.name)))
