"""A member's verdict on each update of a round."""

from dataclasses import dataclass, field

import numpy as np

from weftwork.learning.aggregation import Reason
from weftwork.learning.data import Dataset
from weftwork.learning.judging.checks import Finding, alone, moves_of, together
from weftwork.learning.judging.coalitions import Coalitions
from weftwork.learning.judging.contributions import contributions, leave_one_out
from weftwork.learning.judging.harm import most_harmful
from weftwork.learning.judging.lengths import per_length
from weftwork.learning.judging.round import Round, Score
from weftwork.learning.judging.tensors import Tensors
from weftwork.learning.training import for_evaluation
from weftwork.learning.weights import load_model
from weftwork.units import MILLION

__all__ = ["judge"]


def judge(
    round: Round, *, device: str = "cpu", physical_batch: int | None = None
) -> tuple[Score, ...]:
    """One score for every update but the judge's own, in the given order.

    First the checks without data. Of what passed, the most harmful is rejected, and the others are
    scored anew, until none is harmful: what spoils the mean would else spoil everyone's score. The
    judge's own update takes part in the mean, and is believed. A harmful update's score is its
    leave-one-out when it was rejected, whatever the method; length alone never adds to a score
    (`lengths`); who fails a check has 0, and so has everybody where there is no data.

    Raises `WeightsError` for models that cannot be used, `DataError` for a weight that is none.
    """
    desk = _Desk(round)
    if round.data is not None and desk.passed:
        desk.weigh(round.data, device, physical_batch)
    return tuple(
        desk.score(place)
        for place, submission in enumerate(round.submissions)
        if submission.participant != round.judge
    )


@dataclass
class _Desk:
    """What is left of the updates, what was found of the others, and scores; by place."""

    round: Round
    passed: dict[int, Tensors] = field(default_factory=dict)
    found: dict[int, Finding] = field(default_factory=dict)
    scores: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        round = self.round
        for place, submission in enumerate(round.submissions):
            if finding := alone(round, submission):
                self.found[place] = finding
            elif submission.path is not None:
                self.passed[place] = Tensors(submission.path)
        self._base = Tensors(round.base)
        self._moves = moves_of(round, self._base, self.passed)
        self._places = [*self.passed]
        for place, finding in together(round, self.passed, self._moves).items():
            self._reject(place, finding)

    def weigh(self, data: Dataset, device: str, physical_batch: int | None) -> None:
        """Score what is left, and reject what is harmful."""
        round = self.round
        model = for_evaluation(load_model(round.spec, round.base, device))
        own = next((i for i in self.passed if self._name(i) == round.judge), None)
        while self.passed:
            samples = {place: round.submissions[place].samples for place in self.passed}
            game = Coalitions(
                model, self._base, self.passed, samples, data, round.objective, physical_batch
            )
            each = leave_one_out(game)
            base_loss = -game.value(frozenset())
            worst = most_harmful(each, samples, self._against(samples), own, base_loss)
            if worst is None:
                each = contributions(game, round.contribution, round.seed)
                self.scores |= per_length(each, self._norms(), samples)
                return
            self.scores[worst] = each[worst]
            detail = f"with it the round's mean loss is {-each[worst] / MILLION:.6f} higher"
            self._reject(worst, Finding(Reason.HARMFUL, detail))

    def score(self, place: int) -> Score:
        """The verdict."""
        name, score = self._name(place), self.scores.get(place, 0)
        finding = self.found.get(place)
        if finding is None:
            return Score(name, "accepted", "", score, "")
        return Score(name, "rejected", finding.reason, score, finding.detail)

    def _name(self, place: int) -> str:
        return self.round.submissions[place].participant

    def _norms(self) -> dict[int, float]:
        return dict(zip(self._places, map(float, self._moves.norms), strict=True))

    def _reject(self, place: int, finding: Finding) -> None:
        self.found[place] = finding
        del self.passed[place]

    def _against(self, samples: dict[int, int]) -> dict[int, float]:
        """Each one's cosine to the others that are left."""
        weights = np.array([samples.get(place, 0) for place in self._places], np.float64)
        cosines = self._moves.against_others(weights)
        return {place: float(one) for place, one in zip(self._places, cosines, strict=True)}
