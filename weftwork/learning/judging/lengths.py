"""How much longer an update's move is than its samples explain."""

from collections.abc import Mapping

from weftwork.learning.judging.outliers import lower_median

__all__ = ["per_length"]


def per_length(
    scores: Mapping[int, int], norms: Mapping[int, float], samples: Mapping[int, int]
) -> dict[int, int]:
    """The scores, with what was gained by mere length taken away.

    While a model still learns, the mean's step is short, and whoever multiplies its move by 3 adds
    nearly 3 times as much without having learnt any more. So a positive score is divided by the
    length of the move: the multiple of the round's typical norm (the lower median), where that is
    more than 1. More samples than the median provider's excuse as much more length, since they
    take as many more steps. A negative score is harm, and stays.
    """
    if not scores:
        return {}
    usual_norm = lower_median(norms[one] for one in scores)
    usual_samples = lower_median(samples[one] for one in scores)

    def length(one: int) -> float:
        return norms[one] / usual_norm / max(samples[one] / usual_samples, 1)

    return {
        one: int(score / max(length(one), 1)) if score > 0 else score
        for one, score in scores.items()
    }
