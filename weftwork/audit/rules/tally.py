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


_LARGEST = 10**12  # of a score, of either sign


@dataclass(frozen=True)
class Tally:
    """Both lists are in the order of the updates."""

    accepted: list[Record]
    rejected: list[Record]


def count(updates: Sequence[Record], evaluations: Sequence[Record], cap_ratio: int) -> Tally:
    """Count the votes on each update.

    Rejected is what more than half of its judges reject. A weight is the count of samples, at most
    `cap_ratio` times the lower median of the counts of all that were submitted.
    """
    heaviest = cap_ratio * lower_median([one["samples"] for one in updates])
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
            part = {"participant": name, "weight": min(update["samples"], heaviest)}
            part["contribution_micro"] = _contribution(name, evaluations)
            tally.accepted.append(part)
    return tally


def _contribution(name: str, evaluations: Sequence[Record]) -> int:
    """What an update adds: the median of its scores, none of them counted beyond `_reach`.

    Of an even number it is the lower of the two in the middle, but the upper for the update of one
    whose own scores count: had it judged itself, too, the number would be odd. 0 if there is none.
    """
    reach = _reach(evaluations)
    given = [score for one in evaluations for score in one["scores"]]
    scores = [one["score_micro"] for one in given if one["participant"] == name]
    within: list[int] = sorted(max(-reach, min(reach, score)) for score in scores)
    if within and any(one["participant"] == name for one in evaluations):
        return within[len(within) // 2]
    return lower_median(within)


def _reach(evaluations: Sequence[Record]) -> int:
    """How large a score counts at most, of either sign: half of the scorers gave as large a one.

    That is the lower median of each one's largest. Whoever had no update to score but its own sets
    no limit.
    """
    largest = [
        max((abs(score["score_micro"]) for score in one["scores"]), default=_LARGEST)
        for one in evaluations
    ]
    return lower_median(largest)


def _reason(judged: Sequence[Record]) -> str:
    """Why it is rejected, by most of those who do; "" if it is not."""
    against = Counter(one["reason"] for one in judged if one["verdict"] == "rejected")
    if 2 * against.total() <= len(judged):
        return ""
    return max(REASONS, key=lambda word: (against[word], -REASONS.index(word)))


def lower_median(numbers: Sequence[int]) -> int:
    """The middle one, of an even count the lower of the two; 0 of none."""
    return sorted(numbers)[(len(numbers) - 1) // 2] if numbers else 0
