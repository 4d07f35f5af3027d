"""Per-sample gradients of any model whose samples do not mix: plain, general, and slow."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

from weftwork.learning.engine.passes import Loss, Pass, coefficients

__all__ = ["vmapped"]

# All gradients of as many samples are in memory at once.
CHUNK = 16


def vmapped(
    model: nn.Module, loss: Loss, x: Tensor, y: Tensor, mask: Tensor | None, threshold: float
) -> Pass:
    """As `passes.captured_pass`, by instantiating each sample's gradient."""
    trainable = {name: one.detach() for name, one in model.named_parameters() if one.requires_grad}

    def one_sample(weights: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        output: Any = functional_call(model, weights, (x[None],))
        return loss(output, y[None]).sum()

    each = vmap(grad_and_value(one_sample), in_dims=(None, 0, 0), randomness="different")
    total = torch.zeros(sum(one.numel() for one in trainable.values()), device=x.device)
    norms, losses = [], []
    weights = x.new_ones(len(x), dtype=total.dtype) if mask is None else mask.to(total.dtype)
    for part in torch.split(torch.arange(len(x)), CHUNK):
        index = slice(int(part[0]), int(part[-1]) + 1)
        gradients, values = each(trainable, x[index], y[index])
        flat = torch.cat([one.flatten(1) for one in gradients.values()], dim=1)
        flat *= weights[index, None]
        norms.append(torch.linalg.vector_norm(flat, dim=1))
        losses.append(values * weights[index])
        total += coefficients(norms[-1], threshold) @ flat
    return Pass(total, torch.cat(norms), torch.cat(losses))
