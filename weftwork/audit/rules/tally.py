"""What a committee's scores say of each update: accepted or not, its weight, its contribution."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from weftwork.audit.world import Record

__all__ = ["REASONS", "Ballot", "Tally", "lower_median", "wrong"]

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


@dataclass(frozen=True)
class Ballot:
    """What is counted: the updates, and the evaluations of an elected committee of `seats`.

    `standings` are those before the round.
    """

    updates: Sequence[Record]
    evaluations: Sequence[Record]
    seats: int
    standings: Sequence[Record]
    cap_ratio: int

    def count(self) -> Tally:
        """Count the votes on each update.

        Rejected is what more than half of its judges reject; it is its provider's fault if they
        are a quorum of the elected committee. A weight is the count of samples, at most `cap_ratio`
        times the lower median of the counts of all that were submitted. A contribution is the
        middle of the scores, in which those that are away say what is typical of the round.
        """
        bound = self.cap_ratio * lower_median([one["samples"] for one in self.updates])
        names = [one["participant"] for one in self.updates]
        rejected = {name: found for name in names if (found := self._rejection(name))}
        typical = self._typical({name for name in names if name not in rejected})
        tally = Tally([], [*rejected.values()])
        for name, update in zip(names, self.updates, strict=True):
            if name in rejected:
                continue
            scores = [one["score_micro"] for one in self._votes(name)]
            part = {"participant": name, "weight": min(update["samples"], bound)}
            middle = self._middle(scores, typical)
            tally.accepted.append(part | {"contribution_micro": middle})
        return tally

    def _votes(self, name: str) -> list[Record]:
        cast = [one for each in self.evaluations for one in each["scores"]]
        return [one for one in cast if one["participant"] == name]

    def _rejection(self, name: str) -> Record | None:
        """Why it is rejected, by most of those who do; None if it is not."""
        votes = self._votes(name)
        against = Counter(one["reason"] for one in votes if one["verdict"] == "rejected")
        count = against.total()
        if 2 * count <= len(votes):
            return None
        reason = max(REASONS, key=lambda word: (against[word], -REASONS.index(word)))
        quorum = self.seats // 2 + 1
        return {"participant": name, "reason": reason, "by_quorum": count >= quorum}

    def _typical(self, accepted: set[str]) -> int:
        """The middle of what each judge usually gave to one that is accepted.

        Who is away says what the accepted are remembered for: an eighth of what they have added,
        the lower median.
        """
        given = [
            [one["score_micro"] for one in each["scores"] if one["participant"] in accepted]
            for each in self.evaluations
        ]
        remembered = [
            one["added_micro"] // 8 for one in self.standings if one["participant"] in accepted
        ]
        usual = [lower_median(scores) for scores in given if scores]
        return self._middle(usual, lower_median(remembered))

    def _middle(self, said: list[int], others: int) -> int:
        """The median, in which all that are away say `others`, and one more of an even number."""
        away = self.seats - len(self.evaluations)
        said = said + [others] * away
        return lower_median(said if len(said) % 2 else [*said, others])


JUDGES = 3  # of fewer nobody can say who is alone
VERDICTS = 2  # one is no habit


def wrong(tally: Tally, evaluations: Sequence[Record]) -> list[str]:
    """The judges that the committee contradicts in most of their verdicts, at least two."""
    accepted = {one["participant"] for one in tally.accepted}
    found = []
    for each in evaluations if len(evaluations) >= JUDGES else []:
        verdicts = [
            (one["verdict"] == "accepted") == (one["participant"] in accepted)
            for one in each["scores"]
        ]
        against = verdicts.count(False)
        if against >= VERDICTS and against > verdicts.count(True):
            found.append(each["participant"])
    return found


def lower_median(numbers: Sequence[int]) -> int:
    """The middle one, of an even count the lower of the two; 0 of none."""
    return sorted(numbers)[(len(numbers) - 1) // 2] if numbers else 0
