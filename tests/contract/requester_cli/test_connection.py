"""Whatever is wrong with the way to the ledger is one line, soon, and the right exit code."""

import datetime
import socket
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from network.consortium import Consortium
from tests.contract.requester_cli.commands import Done, RequesterCli
from weftwork.config import Connection, load_yaml

SOON = 20.0  # seconds, with a slow start of the process on a busy machine


def edited(consortium: Consortium, folder: Path, **changes: Any) -> Path:
    """The requester's connection file with some of its sections replaced, and absolute paths."""
    document = load_yaml(consortium.home.requester, Connection).model_dump(mode="json")
    for section, content in changes.items():
        document[section] |= content
    path = folder / "connection.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def stranger(folder: Path) -> dict[str, str]:
    """A certificate with the requester's name that nobody's CA has issued, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "requester.requester")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(encoding))
    (folder / "key.pem").touch(mode=0o600)
    (folder / "key.pem").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return {"certificate": str(folder / "cert.pem"), "key": str(folder / "key.pem")}


async def listing(connection: Path, folder: Path) -> Done:
    started = time.monotonic()
    done = await RequesterCli(connection, folder)("list-tasks")
    assert time.monotonic() - started < SOON
    assert done.out == ""
    assert done.error.startswith("error: ")
    return done


async def test_a_peer_that_cannot_be_reached(consortium: Consortium, tmp_path: Path) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # and nobody listens there
        endpoint = f"localhost:{reserved.getsockname()[1]}"
        done = await listing(edited(consortium, tmp_path, gateway={"endpoint": endpoint}), tmp_path)
    assert done.code == 4
    assert endpoint in done.error


async def test_a_peer_that_is_not_trusted(consortium: Consortium, tmp_path: Path) -> None:
    roots = str(consortium.home.public("factory1").ca)
    done = await listing(edited(consortium, tmp_path, gateway={"tls_roots": roots}), tmp_path)
    assert done.code == 4


async def test_an_identity_that_no_ca_issued(consortium: Consortium, tmp_path: Path) -> None:
    done = await listing(edited(consortium, tmp_path, identity=stranger(tmp_path)), tmp_path)
    assert done.code == 5


async def test_a_tls_certificate_that_no_ca_issued(consortium: Consortium, tmp_path: Path) -> None:
    done = await listing(edited(consortium, tmp_path, tls=stranger(tmp_path)), tmp_path)
    assert done.code == 4


@pytest.mark.parametrize("section", ["identity", "tls"])
async def test_a_key_file_that_is_missing(
    section: str, consortium: Consortium, tmp_path: Path
) -> None:
    key = {"key": str(tmp_path / "nothing.pem")}
    done = await listing(edited(consortium, tmp_path, **{section: key}), tmp_path)
    assert done.code == 3
    assert "nothing.pem" in done.error
