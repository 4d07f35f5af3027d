"""Per-sample gradient norms and the sum of the clipped gradients of a batch."""

import logging
from dataclasses import replace
from functools import reduce

import torch
from torch import Tensor, nn

from weftwork.config import Precision
from weftwork.learning.engine.finite import FinitePass
from weftwork.learning.engine.inspection import Inspection
from weftwork.learning.engine.passes import CapturedPass, Clipped, Loss, Pass
from weftwork.learning.engine.vmapped import VmappedPass
from weftwork.learning.errors import UnsupportedLayerError
from weftwork.learning.physical import PhysicalBatch
from weftwork.learning.precision import rounded

__all__ = ["SLACK", "GradientEngine"]

LOG = logging.getLogger(__name__)

# By what part of C rounding may let a sample's share of the sum exceed it.
SLACK = 1e-3


class GradientEngine:
    """Clipped gradients of `model` under `loss`, from one forward and one backward pass.

    `loss` maps outputs (n, ...) and y (n, ...) to the samples' losses (n,). The model may be in
    an `Arena`; it is left as it was after each call. Which parameters are trainable is looked at
    once. With `fallback`, layers without a rule are no error: all gradients are then instantiated
    by `torch.func.vmap`, several times slower. `precision` is the forward pass's: what it gave is
    float32 again before norms are taken, so that they are exactly those of what is summed.
    `physical_batch`: how many samples are worked on at once at most; where memory does not suffice
    for them, fewer are, with a warning and the same result.

    Raises: UnsupportedLayerError, naming each layer, where the samples' gradients cannot be told
    apart. What a model's own `forward` does outside of its layers (a mean over the batch, say)
    is checked once, on the first batch: a sample's loss must not reach other samples' layers.
    What does not show on that batch is not found: samples that mix only where a number is large,
    say, or only within the halves that it is divided into.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Loss,
        *,
        fallback: bool = False,
        precision: Precision = "float32",
        physical_batch: int | None = None,
    ) -> None:
        found = Inspection.of(model)
        refused = found.mixing if fallback else found.mixing + found.unknown
        if refused:
            raise UnsupportedLayerError(
                "the model cannot be trained privately by the sample:", tuple(refused)
            )
        self._parameters = [one for one in model.parameters() if one.requires_grad]
        if not self._parameters:
            raise UnsupportedLayerError("the model has no trainable parameters")
        inner: Pass
        if found.unknown:
            LOG.warning("slow per-sample gradients (vmap), since %s", "; ".join(found.unknown))
            inner = VmappedPass(model, loss, precision)
        else:
            inner = CapturedPass(model, rounded(model, precision), loss, found.rules)
        self._pass = FinitePass(inner)
        self._physical = PhysicalBatch(physical_batch)

    def clipped(self, x: Tensor, y: Tensor, threshold: float) -> Clipped:
        """The clipped sum over x (n, ...) and y (n, ...); `threshold` inf gives the plain sum.

        Whatever a sample's data, its part of the sum has norm C (1 + SLACK) at most, and norms are
        right to 1e-5 (on a GPU, inside `without_tf32`). One that has no finite gradient has norm
        inf, and no part in the sum.
        """
        if not threshold > 0:
            raise ValueError(f"threshold {threshold}: must be above 0")

        def work(part: slice) -> Clipped:
            return self._pass(x[part], y[part], threshold)

        parts = self._physical.parts(len(x), work)
        first = next(parts, None)
        return self._of_nobody() if first is None else reduce(_joined, parts, first)

    def _of_nobody(self) -> Clipped:
        zeros = self._parameters[0].new_zeros
        return Clipped(zeros(sum(one.numel() for one in self._parameters)), zeros(0), zeros(0))


def _joined(one: Clipped, other: Clipped) -> Clipped:
    """The samples of both; the sum takes the place of `one`'s, as there may be little memory."""
    one.gradient.add_(other.gradient)
    return replace(
        one,
        norms=torch.cat([one.norms, other.norms]),
        losses=torch.cat([one.losses, other.losses]),
    )
