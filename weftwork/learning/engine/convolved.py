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
    CANCELLED,
    Contribution,
    Doubting,
    Instances,
    Sum,
    by_gram,
    gram_is_cheaper,
    squared,
    total,
)

__all__ = ["Convolved", "Geometry"]

# Sizes of blocks, in numbers: the patches of a block of samples stay in a core's cache, on a GPU
# they only must fit; gradients of more than KEPT numbers are computed again for their sum.
BLOCK = {"cpu": 2**19, "cuda": 2**27}
KEPT = 2**24

# Below this part of its bound, a gradient's sum by torch's kernel has roundings that count.
LOST = 1e-5


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


class Convolved(Doubting):
    """A convolution's weight (O, I/G, *kernel) and bias (O,), from its input a and b = gradient."""

    def __init__(
        self,
        weight: nn.Parameter,
        bias: nn.Parameter | None,
        geometry: Geometry,
        a: Tensor,
        b: Tensor,
    ) -> None:
        super().__init__()
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
        return total(norms)

    def sums(self, weights: Tensor) -> Iterator[Sum]:
        """From the gradients where they were kept, else by torch's own kernel."""
        if self._weight is not None:
            yield from super().sums(weights)
        for one in self._shift:
            yield from one.sums(weights)

    def settle(self, rows: Tensor) -> Tensor:
        """The bias, which has no part in the doubt, is in the squared norms as before."""
        beside = (one.squared_norms()[rows] for one in self._shift)
        return total([super().settle(rows), *beside])

    def instances(self) -> Iterator[Sum]:
        """Block by block."""
        if self._weight is not None:
            gradients = torch.cat(list(self._blocks(self._a, self._b)))
            yield self._weight, gradients.view(-1, *self._shape)
        for one in self._shift:
            yield from one.instances()

    @property
    def _numbers(self) -> int:
        return self._shape.numel()

    def _gradients(self, rows: Tensor | slice) -> Iterator[Sum]:
        if self._weight is not None:
            yield self._weight, torch.cat(list(self._blocks(self._a[rows], self._b[rows])))

    def _sums(self, weights: Tensor) -> Iterator[Sum]:
        if self._weight is not None:
            yield self._weight, self._kept_sum(weights) if self._kept else self._sum(weights)

    @property
    def _sizes(self) -> tuple[int, int, int]:
        """(P, O/G, L)."""
        outputs, *patch = self._shape
        return math.prod(patch), outputs // self._groups, math.prod(self._b.shape[2:])

    def _few_positions(self) -> bool:
        inputs, outputs, positions = self._sizes
        return gram_is_cheaper(positions, inputs, outputs)

    def _norms_by_gram(self) -> Tensor:
        found = []
        for u, b in self._matrices(self._a, self._b):
            each = torch.stack(by_gram(torch.bmm(u.mT, u), torch.bmm(b.mT, b)))
            found.append(each.view(2, -1, self._groups).sum(2))
        norms, bound = torch.cat(found, dim=1).unbind()
        self._doubtful = ~(norms >= CANCELLED * bound)  # and what is not a number
        return norms

    def _norms_directly(self) -> Tensor:
        norms = []
        keep = len(self._b) * self._shape.numel() <= KEPT
        for block in self._blocks(self._a, self._b):
            norms.append(squared(block))
            if keep:
                self._kept.append(block)
        found = torch.cat(norms)
        if keep:
            del self._a, self._b  # read no more
        else:  # each number of the input is in so many patches at most
            bound = squared(self._a) * squared(self._b) * math.prod(self._shape[2:])
            self._doubtful = ~(found >= LOST * bound)
        return found

    def _blocks(self, a: Tensor, b: Tensor) -> Iterator[Tensor]:
        """The samples' gradients, (block, numbers) at a time."""
        if a.device.type == "cpu" and self._channels_suit_grouping():
            yield from self._grouped_blocks(a, b)
            return
        for u, v in self._matrices(a, b):  # on a CPU the narrower goes first
            found = torch.bmm(u, v.mT).mT if u.shape[1] < v.shape[1] else torch.bmm(v, u.mT)
            yield found.reshape(-1, self._shape.numel())

    def _matrices(self, a: Tensor, b: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Matrices u (block G, P, L) and b (block G, O/G, L), a block of samples at a time."""
        inputs, outputs, positions = self._sizes
        limit = BLOCK.get(a.device.type, BLOCK["cuda"])
        size = max(4, min(limit // (self._groups * inputs * positions), len(a)))
        if a.device.type == "cpu":
            size = min(size, 32)
        for one, its in zip(torch.split(a, size), torch.split(b, size), strict=True):
            u = self._geometry.patches(one, self._shape[2:], its.shape[2:])
            yield u.reshape(-1, inputs, positions), its.reshape(-1, outputs, positions)

    def _channels_suit_grouping(self) -> bool:
        """Whether one group a sample is faster on a CPU than patches: its vectors are full."""
        return 16 <= self._shape[1] <= 32 and self._sizes[2] > 64

    def _grouped_blocks(self, a: Tensor, b: Tensor) -> Iterator[Tensor]:
        for one, its in zip(torch.split(a, 32), torch.split(b, 32), strict=True):
            gradient = _weight_gradient(
                one.reshape(1, -1, *one.shape[2:]),
                its.reshape(1, -1, *its.shape[2:]),
                (len(one) * self._shape[0], *self._shape[1:]),
                self._geometry,
                len(one) * self._groups,
            )
            yield gradient.view(len(one), -1)

    def _kept_sum(self, weights: Tensor) -> Tensor:
        parts = torch.split(weights, [len(block) for block in self._kept])
        return total(w @ one for w, one in zip(parts, self._kept, strict=True))

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
