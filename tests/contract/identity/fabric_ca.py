"""A running Fabric CA, as the tests know it."""

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from weftwork.identity import CertificateAuthority

SECRET = "bootstrap-secret"


@dataclass(frozen=True)
class Server:
    url: str
    name: str
    tls_roots: Path
    folder: Path

    def client(self, timeout: float = 15) -> CertificateAuthority:
        return CertificateAuthority(self.url, self.name, self.tls_roots, timeout)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"the CA does not listen on {port}: {log.read_text()}")
