"""The canonical form of a JSON value: the bytes that the ledger's digests are of."""

import hashlib
import json
from typing import Any

__all__ = ["canonical", "digest"]


def canonical(value: Any) -> bytes:
    """Keys sorted, no spaces, UTF-8 unescaped but for quote, backslash and control characters.

    The chaincode writes the same bytes (`document.Canonical`); it holds no other numbers than
    integers. Raises `TypeError` for what is no JSON.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()
