"""Where a step's gradient comes from: autograd, or the privacy mechanism.

Both give the mean gradient of a batch as one vector (numbers,), in the order of the arena.
"""

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from weftwork.learning.arena import Arena
from weftwork.learning.physical import PhysicalBatch
from weftwork.learning.precision import Forward
from weftwork.learning.training.batches import Samples
from weftwork.learning.training.determinism import reseed_member
from weftwork.learning.training.group import ALONE, Group
from weftwork.learning.training.losses import TaskLoss

__all__ = ["Gradients", "PlainGradients"]


class Gradients(Protocol):
    """One participant's gradients in one round, epoch by epoch."""

    def epoch(self, number: int) -> Iterator[Tensor]:
        """The mean gradient (numbers,) of each batch of epoch `number` (from 0).

        Each is taken at the weights as they are when it is asked for.
        """

    @property
    def loss(self) -> float:
        """The mean loss of the epoch's samples, each before its step; 0 where none was seen."""

    def numbers(self) -> dict[str, float]:
        """What a resumed training needs to know of the epochs before."""

    def restore(self, numbers: dict[str, float]) -> None:
        """Go on from what `numbers` said."""


class PlainGradients:
    """Shuffled batches of all samples, by autograd; `forward` calls the model.

    `physical_batch` samples are worked on at once at most, fewer where memory does not suffice for
    them; to a layer that mixes samples, each part of a batch then is one.
    """

    def __init__(
        self,
        forward: Forward,
        arena: Arena,
        loss: TaskLoss,
        samples: Samples,
        batch_size: int,
        group: Group = ALONE,
        physical_batch: int | None = None,
    ) -> None:
        self._forward = forward
        self._arena = arena
        self._loss = loss
        self._samples = samples
        self._batch_size = batch_size
        self._group = group
        self._physical = PhysicalBatch(physical_batch)
        self._total, self._seen = 0.0, 0

    @property
    def loss(self) -> float:
        """The mean loss of the epoch's samples."""
        return self._total / self._seen if self._seen else 0.0

    def numbers(self) -> dict[str, float]:
        """Nothing: each epoch stands for itself."""
        return {}

    def restore(self, numbers: dict[str, float]) -> None:
        """Nothing to restore."""

    def epoch(self, number: int) -> Iterator[Tensor]:
        """All samples once, in random order; the last batch may be smaller."""
        self._total, self._seen = 0.0, 0
        order = torch.randperm(len(self._samples))
        if self._group.size > 1:
            reseed_member(self._group.rank)
        for rows in torch.split(order, self._batch_size):
            yield self._gradient(rows)

    def _gradient(self, rows: Tensor) -> Tensor:
        gradient, loss = self._mean(rows) if self._group.size == 1 else self._mean_of_all(rows)
        self._total += float(loss) * len(rows)
        self._seen += len(rows)
        return gradient

    def _mean(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The mean gradient (numbers,) and the mean loss of the samples with these indices."""

        def work(part: slice) -> tuple[Tensor, Tensor]:
            return self._part(rows[part], len(rows))

        parts = self._physical.parts(len(rows), work)
        gradient, loss = next(parts)
        for its_gradient, its_loss in parts:
            gradient.add_(its_gradient)
            loss = loss + its_loss
        return gradient, loss

    def _part(self, rows: Tensor, samples: int) -> tuple[Tensor, Tensor]:
        """What of the mean gradient and the mean loss of so many `samples` is these rows'."""
        x, y = self._samples.rows(rows)
        loss = self._loss(self._forward(x), self._loss.wanted(x, y)).mean()
        if len(rows) < samples:
            loss = loss * (len(rows) / samples)
        # Of what the loss does not reach, zeros.
        gradients = torch.autograd.grad(loss, self._arena.parameters, materialize_grads=True)
        return self._arena.gather(list(gradients)), loss.detach()

    def _mean_of_all(self, rows: Tensor) -> tuple[Tensor, ...]:
        """The same, from what each process makes of its share."""
        share, vector = self._group.share(rows), self._arena.vector
        gradient, loss = torch.zeros_like(vector), vector.new_zeros(())
        if len(share):
            weight = len(share) / len(rows)
            gradient, loss = (one * weight for one in self._mean(share))
        return self._group.total(gradient, loss)
