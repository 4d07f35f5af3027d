"""One physical batch: forward and backward pass, norms, and the sum of clipped gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from weftwork.learning.engine.capture import Tape, captured
from weftwork.learning.engine.rules import Rule
from weftwork.learning.errors import ModelError, UnsupportedLayerError

__all__ = ["Loss", "Pass", "captured_pass", "coefficients", "require_apart"]

# From outputs (n, ...) and y (n, ...) to the samples' losses (n,).
Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Pass:
    """`total` (numbers,): the sum of clipped gradients; `norms` and `losses` (n,), 0 if masked."""

    total: Tensor
    norms: Tensor
    losses: Tensor


def captured_pass(
    model: nn.Module,
    rules: Mapping[str, Rule],
    loss: Loss,
    x: Tensor,
    y: Tensor,
    mask: Tensor | None,
    threshold: float,
) -> Pass:
    """The pass by the layers' rules; `mask` (n,) of 0 and 1 leaves samples out."""
    tape = Tape(len(x), x.device)
    losses = _backward(model, rules, loss, x, y, mask, tape)
    parts = list(tape.contributions())
    parameters = [one for one in model.parameters() if one.requires_grad]
    squares = [norms for _, norms in parts]
    norms = torch.stack(squares).sum(0).sqrt_() if squares else torch.zeros_like(losses)
    weights = coefficients(norms, threshold)
    total = torch.zeros(
        sum(one.numel() for one in parameters), dtype=parameters[0].dtype, device=x.device
    )
    slots = dict(
        zip(parameters, torch.split(total, [one.numel() for one in parameters]), strict=True)
    )
    for contribution, _ in parts:
        for parameter, value in contribution.sums(weights):
            slots[parameter].add_(value.reshape(-1))
    return Pass(total, norms, losses)


def coefficients(norms: Tensor, threshold: float) -> Tensor:
    """(n,): min(1, threshold / norm); 1 where the gradient is zero."""
    return (threshold / norms).clamp_(max=1.0)


def require_apart(
    model: nn.Module, rules: Mapping[str, Rule], loss: Loss, x: Tensor, y: Tensor
) -> None:
    """Show that no layer's samples mix: the loss of every other sample leaves the rest at zero.

    Finds sequences whose first dimension is time, attention over the batch, and the like: there a
    sample's gradient would hold other samples' data, and the sum would not be private.
    Raises: UnsupportedLayerError.
    """
    left_out = torch.arange(len(x), device=x.device) % 2 == 1
    tape = Tape(len(x), x.device)
    wrong: list[str] = []

    def watch(name: str, gradient: Tensor) -> None:
        if gradient[left_out].count_nonzero():
            wrong.append(name)

    tape.watch(watch)
    _backward(model, rules, loss, x, y, (~left_out).to(torch.get_default_dtype()), tape)
    if wrong:  # the first to be reached from the loss
        raise UnsupportedLayerError(
            f"layer {wrong[0]}: what it makes of one sample reaches another sample's loss; "
            "keep samples apart (batch_first=True where a layer has it)"
        )


def _backward(
    model: nn.Module,
    rules: Mapping[str, Rule],
    loss: Loss,
    x: Tensor,
    y: Tensor,
    mask: Tensor | None,
    tape: Tape,
) -> Tensor:
    """Fill the tape; the losses (n,)."""
    with torch.set_grad_enabled(True), captured(model, rules, tape):
        losses = loss(model(x), y)
        if losses.shape != (len(x),):
            raise ModelError(
                f"the loss has shape {list(losses.shape)}, not one number for each of the "
                f"{len(x)} samples"
            )
        if not losses.requires_grad:
            raise ModelError("the loss does not depend on the model's layers")
        if mask is not None:
            losses = losses * mask
        # Parameters are inputs too: what reaches one past its layer's rule must not go unseen.
        named = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
        with torch.autocast(x.device.type, enabled=False):
            found = torch.autograd.grad(
                losses.sum(), [tape.anchor, *(one for _, one in named)], allow_unused=True
            )
    past = [name for (name, _), one in zip(named, found[1:], strict=True) if one is not None]
    if past:
        raise UnsupportedLayerError(
            f"{', '.join(past)}: used outside of the layer that owns it; call the layer"
        )
    return losses.detach()
