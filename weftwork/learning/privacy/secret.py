"""The secret that all noise and all batches of a task follow from: 32 random bytes of the node's.

An epoch that is repeated after a crash draws the same noise again, so nothing is released twice.
Each use has a key of its own, and all that the noised numbers depend on belongs into its name (what
is trained on what, how, by which machine): two sums with the same noise tell their exact
difference. What is in the name may be public; who lacks the secret learns nothing of the key.
"""

import hashlib
import hmac
import secrets

__all__ = ["BYTES", "derived", "drawn", "identity"]

BYTES = 32


def drawn() -> bytes:
    """A new secret."""
    return secrets.token_bytes(BYTES)


def derived(secret: bytes, *use: str | int) -> bytes:
    """A key (32 bytes) for one use only, `derived(secret, "epoch", 2, inputs)`: HMAC-SHA-256."""
    text = "\n".join(("weftwork.noise.v1", *map(repr, use)))
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()


def identity(secret: bytes) -> str:
    """A name of the secret that tells nothing of it: for the book of spends."""
    return derived(secret, "identity").hex()[:32]
