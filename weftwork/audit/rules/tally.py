"""What a committee's scores say of each update: accepted or not, its weight, its contribution."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from weftwork.audit.world import Record

__all__ = ["REASONS", "Tally", "count", "lower_median", "median_accuracy"]

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
    the lower median of the scores, 0 where nobody gave one.
    """
    bound = cap_ratio * lower_median([one["samples"] for one in updates])
    tally = Tally([], [])
    for update in updates:
        name = update["participant"]
        judged = [
            score
            for evaluation in evaluations
            for score in evaluation["scores"]
            if score["participant"] == name
        ]
        if reason := _reason(judged):
            tally.rejected.append({"participant": name, "reason": reason})
        else:
            part = {"participant": name, "weight": min(update["samples"], bound)}
            median = lower_median([one["score_micro"] for one in judged])
            tally.accepted.append(part | {"contribution_micro": median})
    return tally


def _reason(judged: Sequence[Record]) -> str:
    """Why it is rejected, by most of those who do; "" if it is not."""
    against = Counter(one["reason"] for one in judged if one["verdict"] == "rejected")
    if 2 * against.total() <= len(judged):
        return ""
    return max(REASONS, key=lambda word: (against[word], -REASONS.index(word)))


def lower_median(numbers: Sequence[int]) -> int:
    """The middle one, of an even count the lower of the two; 0 of none."""
    return sorted(numbers)[(len(numbers) - 1) // 2] if numbers else 0


def median_accuracy(measured: Sequence[int]) -> int:
    """The lower median of those that were measured; -1 (unknown) where none was."""
    known = [one for one in measured if one >= 0]
    return lower_median(known) if known else -1
