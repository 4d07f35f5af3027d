from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.ledger.certificates import new_key, pem, self_signed
from weftwork.config import Connection, GatewayAddress, KeyPair
from weftwork.errors import ConfigError
from weftwork.ledger.credentials import Credentials


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    key = new_key()
    (tmp_path / "cert.pem").write_bytes(self_signed(key))
    (tmp_path / "key.pem").write_bytes(pem(key))
    pair = KeyPair(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    address = GatewayAddress(
        endpoint="localhost:1", tls_roots=tmp_path / "cert.pem", server_name="peer"
    )
    return Connection(
        organisation="factory1",
        msp_id="Factory1MSP",
        gateway=address,
        identity=pair,
        tls=pair,
        trust={},
    )


def test_what_a_connection_names(connection: Connection, tmp_path: Path) -> None:
    credentials = Credentials.load(connection)
    assert credentials.common_name == "node.factory1"
    assert credentials.identity.msp_id == "Factory1MSP"
    assert credentials.tls.roots == (tmp_path / "cert.pem").read_bytes()
    assert credentials.tls.server_name == "peer"


def test_no_key_is_shown(connection: Connection) -> None:
    assert "PRIVATE" not in repr(Credentials.load(connection))


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        ("cert.pem", None, "cert.pem: cannot be read: No such file"),
        ("cert.pem", b"text", "cert.pem: is no PEM file"),
        ("cert.pem", b"-----BEGIN nothing", "cert.pem: is no certificate"),
        ("key.pem", b"-----BEGIN nothing", "key.pem: is no key that Fabric can use"),
        ("key.pem", pem(ec.generate_private_key(ec.SECP256K1())), "secp256k1: Fabric takes"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    connection: Connection, tmp_path: Path, file: str, content: bytes | None, problem: str
) -> None:
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(ConfigError, match=problem):
        Credentials.load(connection)
