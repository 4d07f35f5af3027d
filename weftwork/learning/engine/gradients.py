"""Per-sample gradient norms and the sum of the clipped gradients of a batch."""

import logging
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from weftwork.learning.engine.inspection import Inspection
from weftwork.learning.engine.memory import PhysicalBatch
from weftwork.learning.engine.passes import Loss, Pass, captured_pass, require_apart
from weftwork.learning.engine.vmapped import vmapped
from weftwork.learning.errors import UnsupportedLayerError

__all__ = ["Clipped", "GradientEngine", "Loss"]

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clipped:
    """What a private step is made of.

    `gradient` (numbers,): the exact sum over the samples of `g_i min(1, threshold / ||g_i||)`,
    flat in the order of the model's trainable parameters. `norms` (n,): `||g_i||_2`, and
    `losses` (n,); both are 0 where the mask is. Norms and losses are private: they are the
    samples' own.
    """

    gradient: Tensor
    norms: Tensor
    losses: Tensor


class GradientEngine:
    """Clipped gradients of `model` under `loss`, from one forward and one backward pass.

    `loss` maps outputs (n, ...) and y (n, ...) to the samples' losses (n,). The model may be in
    an `Arena`; it is left as it was after each call. With `fallback`, layers without a rule are
    no error: all gradients are then instantiated by `torch.func.vmap`, several times slower.

    Raises: UnsupportedLayerError, naming each layer, where the samples' gradients cannot be told
    apart. What a model's own `forward` does outside of its layers (a mean over the batch, say)
    is checked once, on the first batch: a sample's loss must not reach other samples' layers.
    """

    def __init__(self, model: nn.Module, loss: Loss, *, fallback: bool = False) -> None:
        found = Inspection.of(model)
        refused = found.mixing if fallback else found.mixing + found.unknown
        if refused:
            raise UnsupportedLayerError(
                "the model cannot be trained privately by the sample:", tuple(refused)
            )
        if not any(one.requires_grad for one in model.parameters()):
            raise UnsupportedLayerError("the model has no trainable parameters")
        if found.unknown:
            LOG.warning(
                "slow per-sample gradients (vmap) for all layers: %s", "; ".join(found.unknown)
            )
        self._model, self._loss = model, loss
        self._rules = None if found.unknown else found.rules
        self._physical = PhysicalBatch()
        self._apart = self._rules is None

    def clipped(
        self,
        x: Tensor,
        y: Tensor,
        threshold: float,
        *,
        mask: Tensor | None = None,
        physical: int | None = None,
    ) -> Clipped:
        """The clipped sum over x (n, ...) and y (n, ...); `threshold` inf gives the plain sum.

        `mask` (n,) of 0 and 1 leaves out the padding of a batch of fixed shape (its x and y must
        be finite). `physical`: how many samples are worked on at once at most; where memory does
        not suffice for them, fewer are, with a warning and the same result.
        """
        if not threshold > 0:
            raise ValueError(f"threshold {threshold}: must be above 0")
        passes = list(
            self._physical.parts(
                len(x),
                physical,
                lambda part: self._pass(
                    x[part], y[part], None if mask is None else mask[part], threshold
                ),
            )
        )
        if not passes:
            return self._empty()
        total = passes[0].total
        for one in passes[1:]:
            total += one.total
        norms, losses = (
            torch.cat(column)
            for column in zip(*((one.norms, one.losses) for one in passes), strict=True)
        )
        return Clipped(total, norms, losses)

    def _pass(self, x: Tensor, y: Tensor, mask: Tensor | None, threshold: float) -> Pass:
        if self._rules is None:
            return vmapped(self._model, self._loss, x, y, mask, threshold)
        if not self._apart and len(x) > 1:
            require_apart(self._model, self._rules, self._loss, x, y)
            self._apart = True
        return captured_pass(self._model, self._rules, self._loss, x, y, mask, threshold)

    def _empty(self) -> Clipped:
        parameters = [one for one in self._model.parameters() if one.requires_grad]
        numbers = sum(one.numel() for one in parameters)
        zeros = parameters[0].new_zeros
        return Clipped(zeros(numbers), zeros(0), zeros(0))
