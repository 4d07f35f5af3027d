"""Which update makes the round's mean worse, far beyond what honest ones do to each other."""

from collections.abc import Mapping
from statistics import median, median_low

from weftwork.learning.judging.bounds import AGAINST, HARM, HARM_LOSS_SHARE, LIGHT

__all__ = ["most_harmful"]


def most_harmful(
    scores: Mapping[int, int],
    samples: Mapping[int, int],
    against: Mapping[int, float],
    own: int | None,
    base_loss: int,
) -> int | None:
    """The one with the lowest score that is harmful, or None; never the member's `own`.

    `scores` are contributions in millionths of mean loss, `samples` weights, `against` the cosines
    of each move to all others', `base_loss` (millionths) the base model's. In a round that gains
    nothing any more honest scores are noise, the larger the weight and that loss: hence the least.
    """
    typical = median(map(abs, scores.values()))
    total = sum(samples[one] for one in scores)
    light = LIGHT * median_low(samples[one] for one in scores)

    def is_harmful(one: int) -> bool:
        least = HARM_LOSS_SHARE * base_loss * samples[one] / total
        if scores[one] < -HARM * max(typical, least):
            return True
        return scores[one] < 0 and against[one] <= AGAINST and samples[one] >= light

    harmful = [one for one in scores if one != own and is_harmful(one)]
    return min(harmful, key=lambda one: (scores[one], one), default=None)
