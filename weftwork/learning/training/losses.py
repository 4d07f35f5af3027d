"""The loss of a sample as a task's strategies see it."""

import copy

import torch
from torch import Tensor, nn

from weftwork.learning.data import Objective
from weftwork.learning.objective import LOSSES
from weftwork.learning.physical import PhysicalBatch
from weftwork.learning.precision import Forward
from weftwork.learning.strategies import Client

__all__ = ["TaskLoss"]


class TaskLoss:
    """The objective's loss on the strategies' logits, plus their penalties; (n,) for n samples.

    Some strategies compare with the global model (`reference`). Its outputs then travel with what
    is wanted of each sample, so that a batch may be split anywhere: `wanted` makes of labels y (n,)
    the packed (n, 1 + classes). float32 holds every class number exactly.
    """

    def __init__(
        self,
        objective: Objective,
        client: Client,
        reference: Forward | None,
        physical_batch: int | None = None,
    ) -> None:
        self._loss = LOSSES[objective]
        self._client = client
        self._labelled = objective is Objective.CLASSIFICATION
        self._reference = reference
        self._physical = PhysicalBatch(physical_batch)

    def wanted(self, x: Tensor, y: Tensor) -> Tensor:
        """What `__call__` needs to know of the samples x beside the model's outputs."""
        reference = self._reference
        if reference is None or not len(x):  # not every model takes a batch without samples
            return y

        def work(part: slice) -> Tensor:
            return torch.cat([y[part].float().unsqueeze(1), reference(x[part]).flatten(1)], dim=1)

        with torch.no_grad():
            return torch.cat(list(self._physical.parts(len(x), work)))

    def __call__(self, output: Tensor, wanted: Tensor) -> Tensor:
        """Losses (n,) of outputs (n, ...)."""
        y, reference = wanted, None
        if self._reference is not None:
            y, reference = wanted[:, 0].long(), wanted[:, 1:]
        seen = self._client.logits(output, y) if self._labelled else output
        losses = self._loss(seen, y)
        penalty = self._client.penalty(output, y, reference)
        return losses if penalty is None else losses + penalty


def frozen(model: nn.Module) -> nn.Module:
    """The model as it is now, for ever."""
    still = copy.deepcopy(model).requires_grad_(False)
    return still.eval()
