"""What a convolution adds to the samples' gradients.

Shapes: n samples, G groups, P = (input channels of a group) x (numbers of a kernel), O output
channels, L positions of the output. A sample's gradient of a group's weights (O/G, P) is
`b u^T`, with u (P, L) the patches of its input and b (O/G, L) the gradient of its output.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from weftwork.learning.engine.contributions import (
    Contribution,
    Instances,
    Sum,
    gram_is_cheaper,
    squared,
)

__all__ = ["Convolved", "Geometry"]

# Sizes of blocks, in numbers: the patches of a block of samples stay in a core's cache, on a GPU
# they only must fit; gradients of more than KEPT numbers are computed again for their sum.
BLOCK = {"cpu": 2**19, "cuda": 2**27}
KEPT = 2**24


@dataclass(frozen=True)
class Geometry:
    """How a kernel moves over its input, for each dimension."""

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]

    def patches(self, a: Tensor, kernel: torch.Size, positions: torch.Size) -> Tensor:
        """(n, channels, *size) -> (n, channels, *kernel, *positions), a view of the padded a."""
        if any(self.padding):
            a = functional.pad(a, [one for pad in reversed(self.padding) for one in (pad, pad)])
        step = a.stride()[2:]
        inner = [s * dilation for s, dilation in zip(step, self.dilation, strict=True)]
        outer = [s * stride for s, stride in zip(step, self.stride, strict=True)]
        shape = (*a.shape[:2], *kernel, *positions)
        return a.as_strided(shape, (*a.stride()[:2], *inner, *outer))


class Convolved(Contribution):
    """A convolution's weight (O, I/G, *kernel) and bias (O,), from its input a and b = gradient."""

    def __init__(
        self,
        weight: nn.Parameter,
        bias: nn.Parameter | None,
        geometry: Geometry,
        a: Tensor,
        b: Tensor,
    ) -> None:
        self._weight = weight if weight.requires_grad else None
        self._shape, self._geometry = weight.shape, geometry
        self._groups = a.shape[1] // weight.shape[1]
        self._a, self._b = a.to(weight.dtype), b.to(weight.dtype)
        self._kept: list[Tensor] = []
        self._shift: list[Contribution] = []  # the bias's, which is small
        if bias is not None and bias.requires_grad:
            self._shift.append(Instances([(bias, self._b.flatten(2).sum(2))]))

    def squared_norms(self) -> Tensor:
        """(n,), by Gram matrices over few positions, else from the gradients themselves."""
        norms = [one.squared_norms() for one in self._shift]
        if self._weight is not None:
            norms.append(self._norms_by_gram() if self._few_positions() else self._norms_directly())
        return torch.stack(norms).sum(0)

    def sums(self, weights: Tensor) -> Iterator[Sum]:
        """From the gradients where they were kept, else by torch's own kernel."""
        if self._weight is not None:
            yield self._weight, self._kept_sum(weights) if self._kept else self._sum(weights)
        for one in self._shift:
            yield from one.sums(weights)

    def instances(self) -> Iterator[Sum]:
        """Block by block."""
        if self._weight is not None:
            yield self._weight, torch.cat(list(self._blocks())).view(-1, *self._shape)
        for one in self._shift:
            yield from one.instances()

    @property
    def _sizes(self) -> tuple[int, int, int]:
        """(P, O/G, L)."""
        outputs, *patch = self._shape
        return math.prod(patch), outputs // self._groups, math.prod(self._b.shape[2:])

    def _few_positions(self) -> bool:
        inputs, outputs, positions = self._sizes
        return gram_is_cheaper(positions, inputs, outputs)

    def _norms_by_gram(self) -> Tensor:
        norms = []
        for u, b in self._matrices():
            product = torch.bmm(u.mT, u).mul_(torch.bmm(b.mT, b)).sum((1, 2))
            norms.append(product.view(-1, self._groups).sum(1))
        return torch.cat(norms).clamp_(min=0)  # rounding may leave a small negative number

    def _norms_directly(self) -> Tensor:
        norms = []
        keep = len(self._b) * self._shape.numel() <= KEPT
        for block in self._blocks():
            norms.append(squared(block))
            if keep:
                self._kept.append(block)
        if keep:
            del self._a, self._b  # read no more
        return torch.cat(norms)

    def _blocks(self) -> Iterator[Tensor]:
        """The samples' gradients, (block, numbers) at a time."""
        if self._a.device.type == "cpu" and self._channels_suit_grouping():
            yield from self._grouped_blocks()
            return
        for u, b in self._matrices():
            yield torch.bmm(b, u.mT).view(-1, self._shape.numel())

    def _matrices(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Matrices u (block G, P, L) and b (block G, O/G, L), a block of samples at a time."""
        inputs, outputs, positions = self._sizes
        limit = BLOCK.get(self._a.device.type, BLOCK["cuda"])
        size = max(4, min(limit // (self._groups * inputs * positions), len(self._a)))
        if self._a.device.type == "cpu":
            size = min(size, 32)
        for a, b in zip(torch.split(self._a, size), torch.split(self._b, size), strict=True):
            u = self._geometry.patches(a, self._shape[2:], b.shape[2:])
            yield u.reshape(-1, inputs, positions), b.reshape(-1, outputs, positions)

    def _channels_suit_grouping(self) -> bool:
        """Whether one group a sample is faster on a CPU than patches: its vectors are full."""
        return 16 <= self._shape[1] <= 32 and self._sizes[2] > 64

    def _grouped_blocks(self) -> Iterator[Tensor]:
        for a, b in zip(torch.split(self._a, 32), torch.split(self._b, 32), strict=True):
            gradient = _weight_gradient(
                a.reshape(1, -1, *a.shape[2:]),
                b.reshape(1, -1, *b.shape[2:]),
                (len(a) * self._shape[0], *self._shape[1:]),
                self._geometry,
                len(a) * self._groups,
            )
            yield gradient.view(len(a), -1)

    def _kept_sum(self, weights: Tensor) -> Tensor:
        parts = torch.split(weights, [len(block) for block in self._kept])
        return torch.stack([w @ one for w, one in zip(parts, self._kept, strict=True)]).sum(0)

    def _sum(self, weights: Tensor) -> Tensor:
        b = self._b * weights.view(-1, *[1] * (self._b.dim() - 1))
        return _weight_gradient(self._a, b, tuple(self._shape), self._geometry, self._groups)


def _weight_gradient(
    a: Tensor, b: Tensor, shape: tuple[int, ...], geometry: Geometry, groups: int
) -> Tensor:
    """The gradient of a convolution's weight of `shape`, summed over samples, by torch's kernel."""
    gradients: list[Tensor] = torch.ops.aten.convolution_backward(
        b, a, a.new_empty(shape), None,
        geometry.stride, geometry.padding, geometry.dilation,
        False, [0] * len(geometry.stride), groups, [False, True, False],
    )  # fmt: skip
    return gradients[1]
