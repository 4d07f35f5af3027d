"""The secret that all noise and all batches of a task follow from.

A node draws 32 bytes and keeps them on its disk: an epoch that is repeated after a crash then draws
the same noise again, and nothing is released twice. Each use has a key of its own, and all that
decides what is noised belongs into its name (the round, the digest of its base model, the epoch):
two different sums with the same noise tell their exact difference.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from weftwork.errors import EnvironmentFaultError, IntegrityError
from weftwork.files import write_private

__all__ = ["derived", "identity", "kept_secret"]

BYTES = 32


def kept_secret(path: Path) -> bytes:
    """The secret in `path`; drawn anew, and on the disk (0600), if there is none.

    Raises `EnvironmentFaultError` if it cannot be kept or read, `IntegrityError` if what is there
    is no secret: rounds may then have been trained with noise that nobody can draw again.
    """
    try:
        kept = path.read_bytes()
    except FileNotFoundError:
        kept = secrets.token_bytes(BYTES)
        write_private(path, kept)
    except OSError as error:
        raise EnvironmentFaultError.of(error, path) from error
    if len(kept) != BYTES:
        raise IntegrityError(f"{path}: has {len(kept)} bytes, and a secret {BYTES}")
    return kept


def derived(secret: bytes, *use: str | int) -> bytes:
    """A key (32 bytes) for one use only, `derived(secret, "round", 2, base)`: HMAC-SHA-256."""
    text = "\n".join(("weftwork.noise.v1", *map(repr, use)))
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()


def identity(secret: bytes) -> str:
    """A name of the secret that tells nothing of it: for the book of spends."""
    return derived(secret, "identity").hex()[:32]
