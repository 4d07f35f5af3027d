"""A real Fabric CA on a free port, in a folder of its own."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from network import binaries
from tests.contract.identity.fabric_ca import SECRET, Server, free_port, wait_until_listening
from weftwork.identity import CertificateAuthority, Enrolment


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    binary = str(binaries.ensure().fabric_ca_server)
    folder = tmp_path_factory.mktemp("ca")
    port = free_port()
    command = [binary, "start", "--home", str(folder), "--boot", f"registrar:{SECRET}"]
    command += ["--address", "127.0.0.1", "--port", str(port), "--ca.name", "ca-test"]
    command += ["--tls.enabled", "--csr.hosts", "localhost,127.0.0.1"]
    environment = os.environ | {"FABRIC_CA_SERVER_OPERATIONS_LISTENADDRESS": "127.0.0.1:0"}
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
    try:
        wait_until_listening(process, port, log)
        yield Server(f"https://localhost:{port}", "ca-test", folder / "ca-cert.pem", folder)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def ca(server: Server) -> CertificateAuthority:
    return server.client()


@pytest.fixture(scope="session")
def registrar(ca: CertificateAuthority) -> Enrolment:
    return ca.enroll("registrar", SECRET)
