from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from weftwork.errors import ConfigError
from weftwork.files import write_private
from weftwork.pem import load_private_key, read_pem


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, password: bytes = b"") -> bytes:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


KEYS = {
    "garbage": (b"not a key", "is no PEM file"),
    "nothing": (b"-----BEGIN nothing", "not an unencrypted private key"),
    "huge": (b"-----BEGIN " + b"x" * (1 << 20), "is no PEM file"),
    "encrypted": (pem(ec.generate_private_key(ec.SECP256R1()), b"x"), "not an unencrypted"),
    "rsa": (pem(rsa.generate_private_key(65537, 2048)), "not a key on an elliptic curve"),
}


@pytest.mark.parametrize(("content", "message"), KEYS.values(), ids=KEYS)
def test_what_is_no_key(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "key.pem"
    write_private(path, content)
    with pytest.raises(ConfigError, match=message):
        load_private_key(path)


def test_a_key_is_read_once_it_is_private(tmp_path: Path) -> None:
    key, path = ec.generate_private_key(ec.SECP256R1()), tmp_path / "key.pem"
    path.write_bytes(pem(key))
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=f"chmod 600 {path}"):
        load_private_key(path)
    path.chmod(0o600)
    assert load_private_key(path).private_numbers() == key.private_numbers()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_pem(tmp_path)
