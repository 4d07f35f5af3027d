"""What a local training may let out, by the task's plan and the participant's own secret.

Everything random that protects comes from the secret: the task's seed is public, and noise that
others can draw again protects nothing. Each epoch has a stream of its own, so that an epoch that is
done again after a crash releases what it would have released.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from weftwork.learning.arena import Arena
from weftwork.learning.engine import GradientEngine
from weftwork.learning.errors import DivergedError
from weftwork.learning.privacy.kept import labels_told
from weftwork.learning.privacy.noise import Noise, noise_of
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.privacy.release import noisy_counts
from weftwork.learning.privacy.secret import derived
from weftwork.learning.privacy.threshold import threshold_of
from weftwork.learning.strategies import Memory
from weftwork.learning.training.batches import Samples
from weftwork.learning.training.execution import Execution
from weftwork.learning.training.gradients import Gradients
from weftwork.learning.training.losses import TaskLoss
from weftwork.learning.training.privately import PrivateGradients
from weftwork.units import MILLION

__all__ = ["Privacy"]

# What is carried from round to round in a client's memory.
THRESHOLD = "privacy.threshold"


def _nothing(inputs: str) -> None:
    """For trainings whose result stays where the data are."""


@dataclass(frozen=True)
class Privacy:
    """One participant's privacy in a task. `secret` is its own; `inputs` are those of one round.

    `book` is called with the inputs before anything is noised under them: a release is paid for
    under the very key that its noise has. `kept` is the file of the secret
    (`weftwork.learning.privacy.kept`), where there is one.
    """

    plan: Plan
    secret: bytes
    source: Literal["torch", "cryptographic"] = "torch"
    fallback: bool = False
    kept: Path | None = None
    book: Callable[[str], None] = _nothing

    @property
    def terms(self) -> str:
        """What of it decides the bits of what is released, the secret apart."""
        return f"{self.plan.model_dump_json()} {self.source} {self.fallback}"

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
        """The gradients that training may see; `UnsupportedLayerError` where there are none."""
        if self.plan.mode == "client-level":
            return plain
        device = next(model.parameters()).device
        carried = float(memory[THRESHOLD]) if THRESHOLD in memory else None
        engine = GradientEngine(
            model,
            loss,
            fallback=self.fallback,
            precision=execution.precision,
            physical_batch=execution.physical_batch,
        )
        threshold = threshold_of(self.plan, carried, device)

        def stream(epoch: int) -> Noise:
            return self._noise(device, inputs, "epoch", epoch)

        return PrivateGradients(
            self.plan, stream, engine, loss, samples, threshold, execution.group
        )

    def conclude(self, arena: Arena, start: Tensor, inputs: str) -> None:
        """`client-level`: clip the change since `start` (numbers,), and add the round's noise.

        Raises `DivergedError` for a change that is too large to be clipped.
        """
        if self.plan.mode != "client-level":
            return
        bound = float(self.plan.threshold.initial)
        change = arena.vector - start
        # In float64 on the CPU: a square of a float32 may be too large for one, and not every GPU
        # has numbers of 64 bits.
        norm = float(torch.linalg.vector_norm(change.cpu(), dtype=torch.float64))
        if not math.isfinite(norm):
            raise DivergedError(
                "the round's change is no finite number; use a smaller learning_rate"
            )
        change *= min(1.0, bound / max(norm, bound))
        noise = self._noise(change.device, inputs, "change").normal(len(change))
        arena.vector.copy_(start + change + bound * self.plan.gradient_noise * noise)

    def label_counts(self, counts: Tensor, *, keep: bool = True) -> Tensor:
        """The counts (classes,) with noise: released once, whatever the data are in later rounds.

        Without a file that keeps them, other counts have other noise. `keep`: whether this process
        is the one that writes the file.
        """
        key = derived(self.secret, "labels", *counts.tolist())
        noisy = noisy_counts(counts, self.plan, key)
        if self.kept is None or self.plan.count_noise is None:
            return noisy
        return noisy.new_tensor(labels_told(self.kept, noisy.tolist(), keep=keep))

    def memory(self, gradients: Gradients) -> Memory:
        """The threshold, for the next round to begin with."""
        if not isinstance(gradients, PrivateGradients):
            return {}
        return {THRESHOLD: torch.tensor(gradients.threshold, dtype=torch.float64)}

    def report(self, gradients: Gradients) -> dict[str, int]:
        """The threshold in millionths."""
        if not isinstance(gradients, PrivateGradients):
            return {}
        return {"privacy.threshold_micro": round(gradients.threshold * MILLION)}

    def _noise(self, device: torch.device, inputs: str, *use: str | int) -> Noise:
        return noise_of(self.source, derived(self.secret, "round", inputs, *use), device)
