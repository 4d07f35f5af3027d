"""Samples whose gradients are no finite numbers are left out: one must not spoil the sum of all."""

from dataclasses import replace

import torch
from torch import Tensor

from weftwork.learning.engine.passes import Clipped, Pass

__all__ = ["FinitePass"]


class FinitePass:
    """A pass over those samples whose loss and gradient are finite.

    The others have norm inf, and no part in the sum, as if they were not in the batch. So a sample
    still changes the sum by what its own gradient is clipped to, and the training goes on.
    """

    def __init__(self, inner: Pass) -> None:
        self._inner = inner

    def __call__(self, x: Tensor, y: Tensor, threshold: float) -> Clipped:
        """One pass; a second one, without them, where there are any."""
        found = self._inner(x, y, threshold)
        finite = (found.norms + found.losses).isfinite()  # roots of squares add no overflow
        if bool(finite.all()):
            return found
        norms = torch.full_like(found.norms, torch.inf)
        if not bool(finite.any()):
            return replace(found, gradient=torch.zeros_like(found.gradient), norms=norms)
        rest = self(x[finite], y[finite], threshold)
        norms[finite] = rest.norms
        losses = found.losses.masked_scatter(finite, rest.losses)
        return Clipped(rest.gradient, norms, losses)
