"""What a committee's member is bound to before the others can see it: a hash with a salt.

The ledger compares the same hashes when scores and digests are opened.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from weftwork.canonical import canonical

__all__ = ["attestation_hash", "new_salt", "scores_hash"]


def new_salt() -> str:
    """256 random bits in hex: what is sealed cannot be guessed from its hash."""
    return secrets.token_hex(32)


def scores_hash(
    task: str,
    round_number: int,
    term: int,
    member: str,
    salt: str,
    scores: Sequence[Mapping[str, Any]],
) -> str:
    """The hash of a member's scores, which are sorted by the names of the updates' providers."""
    content = canonical(list(scores)).decode()
    return _hashed("weftwork.scores.v1", task, round_number, term, member, salt, content)


def attestation_hash(
    task: str, round_number: int, term: int, member: str, salt: str, digest: str, size: int
) -> str:
    """The hash of the aggregate that a member computed: its digest, and its size in bytes."""
    told = (task, round_number, term, member, salt, digest, size)
    return _hashed("weftwork.attestation.v1", *told)


def _hashed(*lines: str | int) -> str:
    return hashlib.sha256("\n".join(str(line) for line in lines).encode()).hexdigest()
