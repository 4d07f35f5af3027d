"""How a member of the committee scores: by the product's judgement, or for its friends."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from weftwork.learning.judging.judge import judge
from weftwork.learning.judging.round import Round

__all__ = ["Scores", "colluding", "honest_scores"]

Scores = list[dict[str, Any]]  # as the ledger has them, by participant

PRAISE = 10  # a colluding member gives its friends so many times the best honest score


def honest_scores(round: Round) -> Scores:
    """What the product's judge says."""
    scores = [
        {
            "participant": one.participant,
            "verdict": one.verdict,
            "reason": str(one.reason),
            "score_micro": one.score_micro,
        }
        for one in judge(round)
    ]
    return sorted(scores, key=lambda one: str(one["participant"]))


def colluding(friends: Collection[str]) -> Callable[[Scores], Scores]:
    """What becomes of honest scores: praise for the friends, and everybody else rejected."""

    def bend(scores: Scores) -> Scores:
        best = _best(scores)
        return [
            _said(one["participant"], "accepted", "", PRAISE * best)
            if one["participant"] in friends
            else _said(one["participant"], "rejected", "harmful", -best)
            for one in scores
        ]

    return bend


def _best(scores: Sequence[dict[str, Any]]) -> int:
    return max([1, *(int(one["score_micro"]) for one in scores)])


def _said(name: str, verdict: str, reason: str, score: int) -> dict[str, Any]:
    return {"participant": name, "verdict": verdict, "reason": reason, "score_micro": score}
