"""Who decides a round."""

import hashlib
from collections.abc import Collection, Sequence

from weftwork.audit.world import Record

__all__ = ["lot", "rank", "seat"]


def lot(base: str, name: str) -> str:
    """SHA-256 of the digest of a round's base model, a newline and the name, in hex."""
    return hashlib.sha256(f"{base}\n{name}".encode()).hexdigest()


def rank(
    standings: Sequence[Record], eligible: Collection[str], idle: Collection[str], base: str
) -> list[str]:
    """The names of the eligible, the best first.

    Who did its part in the last round comes before the idle; then the higher merit; then the
    smaller lot.
    """

    def place(one: Record) -> tuple[bool, int, str]:
        name = one["participant"]
        return name in idle, -one["merit_ppm"], lot(base, name)

    ranked = sorted((one for one in standings if one["participant"] in eligible), key=place)
    return [one["participant"] for one in ranked]


def seat(
    ranking: Sequence[str],
    out: Collection[str],
    standings: Sequence[Record],
    size: int,
    last_leader: str,
) -> tuple[list[str], str]:
    """The committee, and its leader ("" where there is nobody).

    The first `size` of the ranking that are not `out`, one of each organisation. The first leads;
    if it led the round before, the second does where it has three quarters of the first's merit.
    """
    standing = {one["participant"]: one for one in standings}
    committee: dict[str, str] = {}  # of each organisation, who sits for it
    for name in ranking:
        if name not in out and len(committee) < size:
            committee.setdefault(standing[name]["msp_id"], name)
    names = list(committee.values())
    if not names:
        return [], ""
    merits = [standing[name]["merit_ppm"] for name in names]
    steps_back = names[0] == last_leader and len(names) > 1 and 4 * merits[1] >= 3 * merits[0]
    return names, names[1] if steps_back else names[0]
