from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.ledger.certificates import new_key, pem, self_signed
from weftwork.config import Connection, GatewayAddress, KeyPair
from weftwork.errors import ConfigError
from weftwork.files import write_private
from weftwork.ledger.credentials import Credentials


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    key = new_key()
    (tmp_path / "cert.pem").write_bytes(self_signed(key))
    write_private(tmp_path / "key.pem", pem(key))
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
        ("cert.pem", None, "cert.pem: no such file"),
        ("cert.pem", b"text", "cert.pem: is no PEM file"),
        ("cert.pem", b"-----BEGIN nothing", "cert.pem: is no certificate"),
        ("key.pem", b"-----BEGIN nothing", "key.pem: not an unencrypted private key"),
        ("key.pem", pem(ec.generate_private_key(ec.SECP256K1())), "secp256k1: Fabric takes"),
    ],
    ids=["no file", "no PEM", "no certificate", "no key", "another curve"],
)
def test_a_file_that_cannot_be_used_is_named(
    connection: Connection, tmp_path: Path, file: str, content: bytes | None, problem: str
) -> None:
    (tmp_path / file).unlink()
    if content is not None:
        write_private(tmp_path / file, content)
    with pytest.raises(ConfigError, match=problem):
        Credentials.load(connection)


@pytest.mark.parametrize("pair", ["identity", "tls"])
def test_a_key_that_others_may_read_is_not_loaded(
    connection: Connection, tmp_path: Path, pair: str
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "open.pem"
    key.write_bytes((tmp_path / "key.pem").read_bytes())
    key.chmod(0o644)
    exposed = connection.model_copy(update={pair: KeyPair(certificate=certificate, key=key)})
    with pytest.raises(ConfigError, match=r"open\.pem: a private key that others may read"):
        Credentials.load(exposed)
