"""What a round makes of its participants: shares of its pot, reputation, merit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from weftwork.audit.world import Record

__all__ = ["Outcome", "after", "bounded"]

MILLION = 1_000_000
INITIAL = 500_000  # where every organisation begins
REJECTED = 50_000
PENALTIES = {"unavailable": 50_000, "wrong-attestation": 100_000, "wrong-proposal": 250_000}


@dataclass(frozen=True)
class Outcome:
    """What a round's record says of its participants; `served` did all that the committee owes."""

    fees: Record
    accepted: Sequence[Record] = ()
    rejected: Sequence[Record] = ()
    faults: Sequence[Record] = ()
    served: Collection[str] = ()
    committee: Sequence[str] = field(default=())
    leader: str = ""

    @property
    def together(self) -> int:
        """The sum of what the accepted updates add, none of them less than 0."""
        return sum(max(one["contribution_micro"], 0) for one in self.accepted)

    def contribution(self, name: str) -> int | None:
        """What its update adds, at least 0; None if none of its was accepted."""
        for one in self.accepted:
            if one["participant"] == name:
                return max(int(one["contribution_micro"]), 0)
        return None


def after(standings: Sequence[Record], outcome: Outcome) -> list[Record]:
    """The standings after the round; merit is reputation and share together."""
    new = []
    for one in standings:
        share, reputation = _share(one["participant"], outcome), _reputation(one, outcome)
        changed = {
            "share_ppm": share,
            "points": one["points"] + share,
            "reputation": reputation,
            "merit_ppm": reputation + share,
        }
        new.append(one | changed)
    return new


def bounded(reputation: int) -> int:
    """Within 0 and a million."""
    return min(max(reputation, 0), MILLION)


def _share(name: str, outcome: Outcome) -> int:
    """Parts per million of the pot: of providing, of a seat, of leading."""
    committee_ppm, leader_ppm = outcome.fees["committee_ppm"], outcome.fees["leader_ppm"]
    share = 0
    if contribution := outcome.contribution(name):
        share = (MILLION - committee_ppm - leader_ppm) * contribution // outcome.together
    if name in outcome.served:
        share += committee_ppm // len(outcome.committee)
        share += leader_ppm if name == outcome.leader else 0
    return share


def _reputation(one: Record, outcome: Outcome) -> int:
    """An eighth of the way to the quality, less the penalties.

    Quality is a million times c / (c + half of the mean of all c), rounded down; a round in which
    nobody added anything shows nothing. The eighth is rounded towards where it was.
    """
    name, now = one["participant"], int(one["reputation"])
    contribution = outcome.contribution(name)
    if contribution is not None and outcome.together:
        half = outcome.together // (2 * len(outcome.accepted))
        way = contribution * MILLION // max(contribution + half, 1) - now
        now += way // 8 if way >= 0 else -(-way // 8)
    own = [fault for fault in outcome.faults if fault["participant"] == name]
    now -= sum(PENALTIES.get(fault["fault"], 0) for fault in own)
    now -= REJECTED if any(out["participant"] == name for out in outcome.rejected) else 0
    return bounded(now)
