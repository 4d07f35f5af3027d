"""DP-SGD with a moving threshold: the gradients that a private training sees (paper, Algorithm 2).

A step's gradient is

    (sum of the clipped gradients + C sigma_g N(0, I)) / B

over a Poisson sample of expected size B, with C of the noise a little larger than C of the clipping
(`SLACK` of the engine). The sample may be empty; the noise is there all the same. Where several
processes train, all draw the same noise, so that their streams stay in step, and the leader alone
adds it, before the sums of all are added up: it is in the total once.
"""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from weftwork.learning.engine import SLACK, Clipped, GradientEngine
from weftwork.learning.privacy.noise import Noise
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.privacy.sampling import poisson_rows
from weftwork.learning.privacy.threshold import Threshold
from weftwork.learning.training.batches import Samples
from weftwork.learning.training.determinism import reseed_member
from weftwork.learning.training.group import ALONE, Group
from weftwork.learning.training.losses import TaskLoss

__all__ = ["PrivateGradients"]


class PrivateGradients:
    """`ddp-sgd`, and `ddp-sgd-paper`, whose epochs but the last see plain gradients.

    `stream` gives the random stream of an epoch.
    """

    def __init__(
        self,
        plan: Plan,
        stream: Callable[[int], Noise],
        engine: GradientEngine,
        loss: TaskLoss,
        samples: Samples,
        threshold: Threshold,
        group: Group = ALONE,
    ) -> None:
        self._plan = plan
        self._stream = stream
        self._engine = engine
        self._loss = loss
        self._samples = samples
        self._threshold = threshold
        self._group = group
        self._total, self._seen, self._drawn = 0.0, 0, 0

    @property
    def loss(self) -> float:
        """The mean loss of the epoch's samples: exact, not private; 0 where no batch had any.

        Of those whose loss is finite, like the steps; NaN if there were none of them.
        """
        if not self._drawn:
            return 0.0
        return self._total / self._seen if self._seen else math.nan

    @property
    def threshold(self) -> float:
        """C as it is now."""
        return float(self._threshold.value)

    def numbers(self) -> dict[str, float]:
        """Where the threshold is."""
        return self._threshold.state()

    def restore(self, numbers: dict[str, float]) -> None:
        """Put the threshold where it was."""
        self._threshold.restore(numbers)

    def epoch(self, number: int) -> Iterator[Tensor]:
        """The gradients of one epoch."""
        self._total, self._seen, self._drawn = 0.0, 0, 0
        stream = self._stream(number)
        if self._group.size > 1:
            reseed_member(self._group.rank)
        yield from self._private(stream) if self._plan.private(number) else self._plain(stream)
        self._threshold.epoch_ended()

    def _private(self, stream: Noise) -> Iterator[Tensor]:
        plan = self._plan
        for _ in range(plan.steps_per_epoch):
            rows = poisson_rows(len(self._samples), plan.sample_rate, stream)
            threshold = self.threshold  # once: on a GPU it has to be waited for
            clipped = self._clipped(rows, threshold)
            gradient, side = clipped.gradient, self._threshold.side(clipped.norms)
            noise = stream.normal(len(gradient))
            if self._group.leads:
                gradient.add_(noise, alpha=threshold * (1 + SLACK) * plan.gradient_noise)
            if plan.side_noise is not None:  # the rule sees the norms through noise of its own
                drawn = plan.side_noise * stream.normal(1)[0]
                side = side + drawn if self._group.leads else side
            gradient, side = self._summed(gradient, side, clipped.losses)
            if plan.side_noise is not None:
                self._threshold.stepped(side, plan.expected_batch)
            yield gradient.div_(plan.expected_batch)

    def _plain(self, stream: Noise) -> Iterator[Tensor]:
        """Shuffled batches of all samples; the paper's rule sees their norms as they are."""
        order = stream.uniform(len(self._samples)).argsort(stable=True)
        for rows in torch.split(order, self._plan.expected_batch):
            clipped = self._clipped(rows, math.inf)
            side = self._threshold.side(clipped.norms)
            gradient, side = self._summed(clipped.gradient, side, clipped.losses)
            self._threshold.stepped(side, len(rows))
            yield gradient.div_(len(rows))

    def _clipped(self, rows: Tensor, threshold: float) -> Clipped:
        """What this process makes of its share of a batch."""
        self._drawn += len(rows)
        x, y = self._samples.rows(self._group.share(rows))
        return self._engine.clipped(x, self._loss.wanted(x, y), threshold)

    def _summed(self, gradient: Tensor, side: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
        """Gradient and side query of all processes' shares; notes their losses."""
        finite = losses.isfinite()
        loss, count = losses.where(finite, 0.0).sum(), finite.sum().to(losses.dtype)
        gradient, side, loss, count = self._group.total(gradient, side, loss, count)
        self._total += float(loss)
        self._seen += int(count)
        return gradient, side
