"""Per-sample gradients of any model whose samples do not mix: plain, general, and slow."""

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

from weftwork.config import Precision
from weftwork.learning.engine.passes import Clipped, Loss, coefficients
from weftwork.learning.precision import rounded

__all__ = ["VmappedPass"]

# All gradients of as many samples are in memory at once.
CHUNK = 16


class VmappedPass:
    """Clips by instantiating each sample's gradient."""

    def __init__(self, model: nn.Module, loss: Loss, precision: Precision) -> None:
        self._trainable = {n: one for n, one in model.named_parameters() if one.requires_grad}

        def one_sample(weights: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
            def forward(x: Tensor) -> Tensor:
                output: Tensor = functional_call(model, weights, (x,))
                return output

            return loss(rounded(forward, precision)(x[None]), y[None]).sum()

        gradients = grad_and_value(one_sample)
        self._each = vmap(gradients, in_dims=(None, 0, 0), randomness="different")

    def __call__(self, x: Tensor, y: Tensor, threshold: float) -> Clipped:
        """Some samples at a time."""
        columns = torch.split(x, CHUNK), torch.split(y, CHUNK)
        parts = [self._clip(one, its, threshold) for one, its in zip(*columns, strict=True)]
        return Clipped(
            torch.stack([one.gradient for one in parts]).sum(0),
            torch.cat([one.norms for one in parts]),
            torch.cat([one.losses for one in parts]),
        )

    def _clip(self, x: Tensor, y: Tensor, threshold: float) -> Clipped:
        weights = {name: one.detach() for name, one in self._trainable.items()}
        gradients, losses = self._each(weights, x, y)
        flat = torch.cat([one.flatten(1) for one in gradients.values()], dim=1)
        norms: Tensor = torch.linalg.vector_norm(flat, dim=1)
        with torch.autocast(x.device.type, enabled=False):  # a sum of the very numbers of the norms
            total = coefficients(norms, threshold) @ flat
        return Clipped(total, norms, losses)
