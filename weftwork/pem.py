"""PEM files: certificates, and keys that nobody else on this machine may read."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from weftwork.errors import ConfigError

__all__ = ["load_private_key", "read_certificate", "read_pem", "read_private_key"]

# A PEM bundle is a few KiB; what is larger is another file.
_MAX_BYTES = 1 << 20


def read_pem(path: Path) -> bytes:
    """The file's bytes. Raises `ConfigError` naming the file if it cannot be read, or is none."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > _MAX_BYTES or b"-----BEGIN " not in content:
        raise ConfigError(f"{path}: is no PEM file")
    return content


def read_certificate(path: Path) -> str:
    """The text of a PEM certificate, as it goes onto the ledger."""
    try:
        return read_pem(path).decode("ascii")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: holds more than a PEM certificate: {error.reason}") from error


def read_private_key(path: Path) -> bytes:
    """The bytes of a PEM key; refuse one that others on this machine may read."""
    pem = read_pem(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path}: a private key that others may read; run: chmod 600 {path}")
    return pem


def load_private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key in such a file, on an elliptic curve."""
    try:
        key = serialization.load_pem_private_key(read_private_key(path), password=None)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{path}: not an unencrypted private key (PEM)") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"{path}: not a key on an elliptic curve, the kind that Fabric uses")
    return key
