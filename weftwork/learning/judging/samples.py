"""What a member scores on: never what it trains on."""

from collections.abc import Sequence

import numpy as np

from weftwork.learning.data import Dataset
from weftwork.learning.data.splits import shuffled
from weftwork.learning.judging.bounds import (
    LITTLE_WORK,
    MAX_SAMPLES,
    MIN_SAMPLES,
    TRAINING_SHARE,
)

__all__ = ["affordable", "chosen"]

# What a sample costs in training, as a multiple of its way through the model once: that way, and
# twice as much back for the gradients of numbers and weights.
TRAINED = 3


def affordable(updates: int, weights: int, trained: int) -> int:
    """On how many samples so many updates, of models of so many weights, are scored at most.

    `trained`: samples that the training of one update works on, each as often as it has epochs.
    Scoring takes each sample through one model for each update, and two more.
    """
    models = updates + 2
    as_share = TRAINED * trained // TRAINING_SHARE // models
    as_little = LITTLE_WORK // (models * weights)
    return min(max(as_share, as_little, MIN_SAMPLES), MAX_SAMPLES)


def chosen(parts: Sequence[Dataset | None], seed: int, most: int = MAX_SAMPLES) -> Dataset | None:
    """At most so many samples of all parts, each in proportion; None where there are none.

    The parts are the task's validation data and what the member holds out of its own, one after the
    other. The seed decides which samples; the same seed, the same ones.
    """
    found = [part for part in parts if part is not None and len(part)]
    if not found:
        return None
    picks = [
        np.sort(shuffled(len(part), seed)[:count])
        for part, count in zip(found, _shares([len(part) for part in found], most), strict=True)
    ]
    pairs = list(zip(found, picks, strict=True))
    return Dataset(
        np.concatenate([part.x[rows] for part, rows in pairs]),
        np.concatenate([part.y[rows] for part, rows in pairs]),
    )


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """Of `most` samples each part's; all of them where they are no more."""
    total = sum(sizes)
    if total <= most:
        return list(sizes)
    ends = np.cumsum(sizes) * most // total
    return [int(share) for share in np.diff(ends, prepend=0)]
