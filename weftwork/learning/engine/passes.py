"""One physical batch: forward and backward pass, norms, and the sum of clipped gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from weftwork.learning.engine.capture import Tape, captured
from weftwork.learning.engine.contributions import Contribution, total
from weftwork.learning.engine.rules import Rule
from weftwork.learning.errors import ModelError, UnsupportedLayerError
from weftwork.learning.precision import Forward

__all__ = ["CapturedPass", "Clipped", "Loss", "Pass", "coefficients"]

# By how much (relative, absolute) a sample's loss may depend on its batch: not at all, but for
# rounding where a product's order follows from the numbers.
APART = (1e-4, 1e-6)

# From outputs (n, ...) and y (n, ...) to the samples' losses (n,).
Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Clipped:
    """What a private step is made of.

    `gradient` (numbers,): the exact sum over the samples of `g_i min(1, threshold / ||g_i||)`,
    flat in the order of the model's trainable parameters. `norms` (n,): `||g_i||_2`, and
    `losses` (n,). A sample whose loss, or whose gradient's squared norm, is not finite has norm inf
    and is not in the sum. Norms and losses are private: they are the samples' own.
    """

    gradient: Tensor
    norms: Tensor
    losses: Tensor


class Pass(Protocol):
    """A way to clip."""

    def __call__(self, x: Tensor, y: Tensor, threshold: float) -> Clipped:
        """The samples x (n, ...) and y (n, ...) at once."""


def coefficients(norms: Tensor, threshold: float) -> Tensor:
    """(n,): min(1, threshold / norm); 1 where the gradient is zero."""
    return (threshold / norms).clamp_(max=1.0)


class CapturedPass:
    """Clips by the rules of the layers, `rules` by dotted name; `forward` calls the model."""

    def __init__(
        self, model: nn.Module, forward: Forward, loss: Loss, rules: Mapping[str, Rule]
    ) -> None:
        self._forward, self._loss, self._rules = forward, loss, rules
        named = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
        self._names = [name for name, _ in named]
        self._parameters = [one for _, one in named]
        self._sizes = [one.numel() for one in self._parameters]
        self._apart = False

    def __call__(self, x: Tensor, y: Tensor, threshold: float) -> Clipped:
        """One forward and one backward pass; before the first ones, `_shown_apart`."""
        if not self._apart and len(x) > 1:
            self._apart = self._shown_apart(x, y)
        tape = Tape(len(x), x.device)
        losses = self._backward(x, y, tape)
        # Norms and sums of the very same numbers, however the forward pass was rounded.
        with torch.autocast(x.device.type, enabled=False):
            return self._clip(tape, losses, threshold)

    def _clip(self, tape: Tape, losses: Tensor, threshold: float) -> Clipped:
        parts = list(tape.contributions())
        _settle(parts)
        norms = total(squares for _, squares in parts).sqrt()
        weights = coefficients(norms, threshold)
        gradient = norms.new_empty(sum(self._sizes))
        slots = dict(zip(self._parameters, torch.split(gradient, self._sizes), strict=True))
        empty = set(self._parameters)
        for contribution, _ in parts:
            for parameter, value in contribution.sums(weights):
                slot = slots[parameter].view(parameter.shape)
                write = slot.copy_ if parameter in empty else slot.add_
                write(value if value.shape == slot.shape else value.view(slot.shape))
                empty.discard(parameter)
        for parameter in empty:  # of a layer that was not called
            slots[parameter].zero_()
        return Clipped(gradient, norms, losses)

    def _backward(self, x: Tensor, y: Tensor, tape: Tape, left_out: Tensor | None = None) -> Tensor:
        """Fill the tape with the gradients of all losses but those `left_out` (n,); the losses."""
        with torch.set_grad_enabled(True), captured(self._rules, tape):
            losses = self._loss(self._forward(x), y)
            self._check(losses, len(x))
            summed = (losses if left_out is None else losses[~left_out]).sum()
            # Parameters are inputs too: what reaches one past its layer's rule is not overlooked.
            with torch.autocast(x.device.type, enabled=False):
                found = torch.autograd.grad(
                    summed, [tape.anchor, *self._parameters], allow_unused=True
                )
        past = [n for n, one in zip(self._names, found[1:], strict=True) if one is not None]
        if past:
            raise UnsupportedLayerError(
                f"{', '.join(past)}: used outside of the layer that owns it; call the layer"
            )
        return losses.detach()

    @staticmethod
    def _check(losses: Tensor, samples: int) -> None:
        if losses.shape != (samples,):
            raise ModelError(
                f"the loss has shape {list(losses.shape)}, not one number for each of the "
                f"{samples} samples"
            )
        if not losses.requires_grad:
            raise ModelError("the loss does not depend on the model's layers")

    def _shown_apart(self, x: Tensor, y: Tensor) -> bool:
        """Show that no samples mix, else a sample's gradient holds others' data: no sum is private.

        The losses of some of the samples leave the gradients of the rest at zero (not so where a
        sequence's first dimension is time, or attention is over the batch), and are the same
        whatever the rest are (not so where a mean over the batch is subtracted, even cut off the
        graph). Samples with numbers that are not finite show nothing (0 times inf is not 0): the
        others do, or if there are not two, a later batch (False).
        Raises: UnsupportedLayerError.
        """
        left_out = torch.tensor(_some(len(x)), device=x.device)
        finite = torch.ones_like(left_out)
        reached: list[tuple[str, bool]] = []

        def watch(name: str, gradient: Tensor) -> None:
            finite.logical_and_(gradient.flatten(1).isfinite().all(1))
            reached.append((name, bool(gradient[left_out].count_nonzero())))

        tape = Tape(len(x), x.device, watch)
        with _same_draws(x):
            losses = self._backward(x, y, tape, left_out)
        finite &= losses.isfinite()
        if not bool(finite.all()):
            return int(finite.sum()) > 1 and self._shown_apart(x[finite], y[finite])
        wrong = [name for name, one in reached if one]
        if wrong:  # the first to be reached from the loss
            raise UnsupportedLayerError(
                f"layer {wrong[0]}: what it makes of one sample reaches another sample's loss; "
                "keep samples apart (batch_first=True where a layer has it)"
            )
        if not torch.allclose(losses[~left_out], self._beside_others(x, y, left_out), *APART):
            raise UnsupportedLayerError(
                "the model: a sample's loss depends on what else is in its batch; keep samples "
                "apart (no mean, norm or rank over the batch)"
            )
        return True

    def _beside_others(self, x: Tensor, y: Tensor, others: Tensor) -> Tensor:
        """The losses of all samples but `others` (n,), in whose places are their neighbours."""
        places = torch.where(others[(...,) + (None,) * (x.dim() - 1)], x.roll(1, 0), x)
        with _same_draws(x), torch.no_grad(), captured(self._rules, Tape(len(x), x.device)):
            return self._loss(self._forward(places), y)[~others]


def _some(samples: int) -> list[bool]:
    """About half of two samples or more: what mixes samples in a regular way mixes the halves.

    By the bits of their numbers (the sequence of Thue and Morse, which no shift brings upon
    itself); and an odd number of samples cannot be so many pairs.
    """
    chosen = [row.bit_count() % 2 == 1 for row in range(samples)]
    chosen[1] = sum(chosen) % 2 == 1
    return chosen


def _same_draws(x: Tensor) -> AbstractContextManager[None]:
    """In each block dropout draws the same, and so does the pass after them."""
    return torch.random.fork_rng([x.device] if x.device.type == "cuda" else [])


def _settle(parts: Sequence[tuple[Contribution, Tensor]]) -> None:
    """Mend the squared norms (n,) beside each contribution where rounding may have falsified them.

    Whether there are any is asked once for all layers: on a GPU the answer has to be waited for.
    """
    doubts = [(*part, doubt) for part in parts if (doubt := part[0].doubtful()) is not None]
    if not doubts or not bool(torch.stack([doubt for *_, doubt in doubts]).any()):
        return
    for contribution, squares, doubt in doubts:
        rows = doubt.nonzero().flatten()
        if len(rows):
            squares[rows] = contribution.settle(rows)
