"""Mistakes that private trainings are known to have, to see that the audit finds them.

Each is ours with one thing wrong; the claim stays what it was.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from weftwork.learning.engine import Clipped, GradientEngine
from weftwork.learning.engine.capture import Tape
from weftwork.learning.engine.finite import FinitePass
from weftwork.learning.engine.inspection import Inspection
from weftwork.learning.engine.passes import CapturedPass
from weftwork.learning.privacy.noise import Noise
from weftwork.learning.privacy.threshold import threshold_of
from weftwork.learning.strategies import Memory
from weftwork.learning.training.batches import Samples
from weftwork.learning.training.execution import Execution
from weftwork.learning.training.gradients import Gradients
from weftwork.learning.training.losses import TaskLoss
from weftwork.learning.training.privacy import Privacy
from weftwork.learning.training.privately import PrivateGradients

__all__ = ["DEFECTS", "Defective"]


class Unclipped(GradientEngine):
    """Every gradient counts in full."""

    def clipped(self, x: Tensor, y: Tensor, threshold: float) -> Clipped:
        """The plain sum."""
        return super().clipped(x, y, math.inf)


class ClippedByBatch(GradientEngine):
    """The batch's mean gradient is clipped, not the samples': one sample may turn all of it."""

    def clipped(self, x: Tensor, y: Tensor, threshold: float) -> Clipped:
        """The plain sum, brought down to the length that the clipped samples' could have."""
        plain = super().clipped(x, y, math.inf)
        longest = threshold * len(x)
        length = plain.gradient.norm().clamp(min=torch.finfo(torch.float32).tiny)
        return replace(plain, gradient=plain.gradient * (longest / length).clamp(max=1))


class Cancelled(CapturedPass):
    """A layer tells a norm of zero for every other sample, as a Gram form may if steps cancel."""

    def _clip(self, tape: Tape, losses: Tensor, threshold: float) -> Clipped:
        for _, squares in tape.contributions():
            squares[::2] = 0
        return super()._clip(tape, losses, threshold)


class UnderReporting(GradientEngine):
    """What is told to be short enough counts in full."""

    def __init__(self, model: nn.Module, loss: TaskLoss) -> None:
        super().__init__(model, loss)
        self._pass = FinitePass(Cancelled(model, model, loss, Inspection.of(model).rules))


@dataclass(frozen=True)
class Quieter:
    """Noise of a part of the size."""

    noise: Noise
    part: float

    def normal(self, size: int) -> Tensor:
        """Too small."""
        return self.part * self.noise.normal(size)

    def uniform(self, size: int) -> Tensor:
        """As it is."""
        return self.noise.uniform(size)


@dataclass(frozen=True)
class Defect:
    """What is put in the place of the engine, and of the noise (given the expected batch).

    `reused`: noise and batches follow from the secret alone, so that every round has the same.
    """

    engine: Callable[[nn.Module, TaskLoss], GradientEngine] = GradientEngine
    noise: Callable[[Noise, float], Noise] = lambda noise, batch: noise
    reused: bool = False


DEFECTS = {
    "no_clipping": Defect(engine=Unclipped),
    "clipped_by_batch": Defect(engine=ClippedByBatch),
    "no_noise": Defect(noise=lambda noise, batch: Quieter(noise, 0.0)),
    # C sigma on the mean's scale, but added to the sum.
    "noise_of_the_mean": Defect(noise=lambda noise, batch: Quieter(noise, 1 / batch)),
    "norm_under_reported": Defect(engine=UnderReporting),
    "noise_reused": Defect(reused=True),
}


@dataclass(frozen=True)
class Defective(Privacy):
    """Ours, with a defect."""

    defect: Defect = Defect()

    def gradients(
        self,
        model: nn.Module,
        loss: TaskLoss,
        samples: Samples,
        plain: Gradients,
        memory: Memory,
        inputs: str,
        execution: Execution = Execution(),  # noqa: B008 - frozen
    ) -> Gradients:
        """As ours makes them, of other parts."""

        def stream(epoch: int) -> Noise:
            own = "" if self.defect.reused else inputs
            noise = self._noise(torch.device("cpu"), own, "epoch", epoch)
            return self.defect.noise(noise, self.plan.expected_batch)

        engine = self.defect.engine(model, loss)
        threshold = threshold_of(self.plan)
        return PrivateGradients(self.plan, stream, engine, loss, samples, threshold)
