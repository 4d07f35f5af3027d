"""What a round makes of its participants: shares of its pot, reputation, merit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from weftwork.audit.world import Record

__all__ = ["Outcome", "after", "bounded"]

MILLION = 1_000_000
INITIAL = 500_000  # where every organisation begins
REJECTED = 50_000
PENALTIES = {
    "unavailable": 50_000,
    "wrong-verdicts": 50_000,
    "wrong-attestation": 100_000,
    "wrong-proposal": 250_000,
}


@dataclass(frozen=True)
class Outcome:
    """What a round's record says of its participants; `served` did all that the committee owes.

    `seats` are those of the committee that was elected.
    """

    fees: Record
    accepted: Sequence[Record] = ()
    rejected: Sequence[Record] = ()
    faults: Sequence[Record] = ()
    served: Collection[str] = ()
    seats: int = 0
    leader: str = ""

    def contribution(self, name: str) -> int | None:
        """What its update adds; None if none of its was accepted."""
        for one in self.accepted:
            if one["participant"] == name:
                return int(one["contribution_micro"])
        return None


def after(standings: Sequence[Record], outcome: Outcome) -> list[Record]:
    """The standings after the round; merit is reputation and share together, without fees."""
    added = {one["participant"]: _added(one, outcome) for one in standings}
    taken = {name: added[name] for name in added if outcome.contribution(name) is not None}
    kept_out = [one["participant"] for one in outcome.rejected if not one["by_quorum"]]
    pot = sum(taken.values()) + sum(added[name] for name in kept_out)
    new = []
    for one in standings:
        name = one["participant"]
        provided, reputation = (
            _provided(name, outcome, taken, pot),
            _reputation(one, outcome, taken),
        )
        share = provided + _fee(name, outcome)
        changed = {
            "share_ppm": share,
            "points": one["points"] + share,
            "added_micro": added[name],
            "reputation": reputation,
            "merit_ppm": reputation + provided,
        }
        new.append(one | changed)
    return new


def bounded(reputation: int) -> int:
    """Within 0 and a million."""
    return min(max(reputation, 0), MILLION)


def _added(one: Record, outcome: Outcome) -> int:
    """Of what it had added an eighth is forgotten (rounded down); never less than 0."""
    before = int(one["added_micro"])
    return max(before - before // 8 + (outcome.contribution(one["participant"]) or 0), 0)


def _provided(name: str, outcome: Outcome, added: Mapping[str, int], pot: int) -> int:
    """Parts per million of the round's money, of providing.

    `added` is what those have added so far whose updates were accepted; `pot` all that, and what
    those have whose updates fewer than a quorum kept out.
    """
    own = added.get(name, 0)
    if not own:
        return 0
    fees = outcome.fees["committee_ppm"] + outcome.fees["leader_ppm"]
    return int((MILLION - fees) * own // pot)


def _fee(name: str, outcome: Outcome) -> int:
    """Parts per million of the pot, of a seat and of leading."""
    if name not in outcome.served:
        return 0
    leading = outcome.fees["leader_ppm"] if name == outcome.leader else 0
    return int(outcome.fees["committee_ppm"] // outcome.seats + leading)


def _reputation(one: Record, outcome: Outcome, added: Mapping[str, int]) -> int:
    """An eighth of the way to the quality, less the penalties.

    Quality is a million times a / (a + half of the median of all a), every division rounded down,
    `a` being what it has added; where nobody has added anything, nothing is shown. The eighth is
    rounded towards where it was. It is not upwards where the update added nothing to this round.
    """
    name, now = one["participant"], int(one["reputation"])
    if name in added and any(added.values()):
        half = int(median(added.values())) // 2
        way = added[name] * MILLION // max(added[name] + half, 1) - now
        if way < 0 or (outcome.contribution(name) or 0) > 0:
            now += way // 8 if way >= 0 else -(-way // 8)
    own = [fault for fault in outcome.faults if fault["participant"] == name]
    now -= sum(PENALTIES.get(fault["fault"], 0) for fault in own)
    blamed = [out["participant"] for out in outcome.rejected if out["by_quorum"]]
    now -= REJECTED if name in blamed else 0
    return bounded(now)
