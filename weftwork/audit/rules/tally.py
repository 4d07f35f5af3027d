"""What a committee's scores say of each update: accepted or not, its weight, its contribution."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from weftwork.audit.world import Record

__all__ = ["REASONS", "Tally", "count", "lower_median"]

# Of as many votes for each, the first is the reason.
REASONS = (
    "bad-signature",
    "digest-mismatch",
    "malformed",
    "shape-mismatch",
    "non-finite",
    "duplicate",
    "norm-outlier",
    "harmful",
    "late",
)


@dataclass(frozen=True)
class Tally:
    """Both lists are in the order of the updates."""

    accepted: list[Record]
    rejected: list[Record]


def count(updates: Sequence[Record], evaluations: Sequence[Record], cap_ratio: int) -> Tally:
    """Count the votes on each update.

    Rejected is what more than half of its judges reject. A weight is the count of samples, at most
    `cap_ratio` times the lower median of the counts of all that were submitted. A contribution is
    the median of the scores, 0 where nobody gave one. An even number of them has no middle: then
    the typical score of the round's accepted updates is one more.
    """
    bound = cap_ratio * lower_median([one["samples"] for one in updates])
    votes = {one["participant"]: _votes(one["participant"], evaluations) for one in updates}
    reasons = {name: _reason(cast) for name, cast in votes.items()}
    usual = _typical({name for name, reason in reasons.items() if not reason}, evaluations)
    tally = Tally([], [])
    for update in updates:
        name = update["participant"]
        if reason := reasons[name]:
            tally.rejected.append({"participant": name, "reason": reason})
            continue
        scores = [one["score_micro"] for one in votes[name]]
        middle = [usual] if scores and len(scores) % 2 == 0 else []
        part = {"participant": name, "weight": min(update["samples"], bound)}
        median = lower_median(scores + middle)
        tally.accepted.append(part | {"contribution_micro": median})
    return tally


def _votes(name: str, evaluations: Sequence[Record]) -> list[Record]:
    return [one for each in evaluations for one in each["scores"] if one["participant"] == name]


def _typical(accepted: set[str], evaluations: Sequence[Record]) -> int:
    """Of what each judge usually gave to one that is accepted, the lower median."""
    given = [
        [one["score_micro"] for one in each["scores"] if one["participant"] in accepted]
        for each in evaluations
    ]
    return lower_median([lower_median(scores) for scores in given if scores])


def _reason(judged: Sequence[Record]) -> str:
    """Why it is rejected, by most of those who do; "" if it is not."""
    against = Counter(one["reason"] for one in judged if one["verdict"] == "rejected")
    if 2 * against.total() <= len(judged):
        return ""
    return max(REASONS, key=lambda word: (against[word], -REASONS.index(word)))


def lower_median(numbers: Sequence[int]) -> int:
    """The middle one, of an even count the lower of the two; 0 of none."""
    return sorted(numbers)[(len(numbers) - 1) // 2] if numbers else 0
