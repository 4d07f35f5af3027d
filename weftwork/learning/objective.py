"""What a task's objective means in numbers: the loss of each sample, and the score of a model.

objective        output of a sample      loss of a sample            score
classification   logits (classes,)       cross-entropy               top-1 accuracy
regression       predictions (targets,)  mean squared error          R^2, mean over the targets
reconstruction   the sample's shape      mean squared error          area under the ROC curve of the
                                                                     error, where anomalies are
                                                                     labelled; else R^2
Scores are in 0..1: a model worse than the mean has R^2 = 0.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss

from weftwork.learning.data import Objective

__all__ = ["LOSSES", "Loss", "Scorer", "scorer"]

# Outputs (n, ...) and what they should be to losses (n,).
Loss = Callable[[Tensor, Tensor], Tensor]


def _classification(logits: Tensor, y: Tensor) -> Tensor:
    return cross_entropy(logits, y, reduction="none")


def _squared_error(output: Tensor, wanted: Tensor) -> Tensor:
    return mse_loss(output, wanted, reduction="none").flatten(1).mean(dim=1)


LOSSES: dict[Objective, Loss] = {
    Objective.CLASSIFICATION: _classification,
    Objective.REGRESSION: _squared_error,
    Objective.RECONSTRUCTION: _squared_error,
}


class Scorer:
    """Takes batches one after another; `score` is of all of them, in 0..1."""

    def add(self, x: Tensor, y: Tensor, output: Tensor) -> None:
        """One batch: samples, their labels or targets, and what the model made of them."""
        raise NotImplementedError

    @property
    def score(self) -> float:
        """The score of what was added."""
        raise NotImplementedError


class _Accuracy(Scorer):
    def __init__(self) -> None:
        self._correct = self._count = 0

    def add(self, x: Tensor, y: Tensor, output: Tensor) -> None:
        self._correct += int((output.argmax(dim=1) == y).sum())
        self._count += len(y)

    @property
    def score(self) -> float:
        return self._correct / self._count


class _Explained(Scorer):
    """R^2 from running sums in float64, on the CPU: not every GPU has that."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = self._squares = self._errors = torch.zeros(())

    def add(self, x: Tensor, y: Tensor, output: Tensor) -> None:
        wanted, found = (one.flatten(1).cpu().double() for one in (y, output))
        self._count += len(wanted)
        self._sum = self._sum + wanted.sum(dim=0)
        self._squares = self._squares + wanted.square().sum(dim=0)
        self._errors = self._errors + (found - wanted).square().sum(dim=0)

    @property
    def score(self) -> float:
        spread = self._squares - self._sum.square() / self._count
        varying = spread > 0  # what is the same in every sample explains nothing
        if not bool(varying.any()):
            return 0.0
        explained = 1 - self._errors[varying] / spread[varying]
        return float(explained.mean().clamp(0, 1).nan_to_num(0))


class _Anomalies(Scorer):
    """The chance that an anomaly is reconstructed worse than a normal sample; ties count half."""

    def __init__(self) -> None:
        self._errors: list[Tensor] = []
        self._labels: list[Tensor] = []
        self._explained = _Explained()

    def add(self, x: Tensor, y: Tensor, output: Tensor) -> None:
        self._errors.append(_squared_error(output, x).cpu().double())
        self._labels.append(y.cpu())
        self._explained.add(x, x, output)

    @property
    def score(self) -> float:
        errors, anomalous = torch.cat(self._errors), torch.cat(self._labels) > 0
        count = int(anomalous.sum())
        others = len(errors) - count
        if not count or not others:
            return self._explained.score
        _, group, sizes = torch.unique(errors, return_inverse=True, return_counts=True)
        ranks = sizes.cumsum(0) - (sizes - 1) / 2  # the mean rank of equal errors
        wins = float(ranks[group][anomalous].sum()) - count * (count + 1) / 2
        return wins / (count * others)


def scorer(objective: Objective) -> Scorer:
    """A new scorer of this objective."""
    kinds: dict[Objective, type[Scorer]] = {
        Objective.CLASSIFICATION: _Accuracy,
        Objective.REGRESSION: _Explained,
        Objective.RECONSTRUCTION: _Anomalies,
    }
    return kinds[objective]()
