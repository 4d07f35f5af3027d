"""What a layer adds to the samples' gradients: their squared norms, and their weighted sum.

Whatever a sample's data are, what `sums` adds for it has the norm that was told of it, within a
thousandth: rounding must not hide a gradient from clipping (`Doubting`).

Shapes: n samples, T steps of a sequence (or positions of an image), p inputs and q outputs of a
layer. A sample's gradient of a weight matrix W (q, p) is `sum_t b_t a_t^T`, with a_t (p,) what the
layer was given at step t and b_t (q,) the loss's gradient with respect to what it gave.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

import torch
from torch import Tensor, nn

from weftwork.learning.engine.products import linear

__all__ = [
    "Contribution",
    "Doubting",
    "Instances",
    "Outer",
    "Sum",
    "by_gram",
    "gram_is_cheaper",
    "squared",
    "total",
]

Sum = tuple[nn.Parameter, Tensor]
# A parameter and what it was multiplied by, (n, T, p); None for a bias.
Part = tuple[nn.Parameter | None, Tensor | None]

# Writing one number of a per-sample gradient and reading it twice again takes as long as this many
# multiplications and additions of a matrix product (measured on one core, with and without AVX512).
MOVE = 48

# A Gram form is off by some roundings of its bound (`by_gram`): below this part of the bound they
# count. Steps that have nothing to do with each other add up to one part in as many as there are.
CANCELLED = 1e-3

# Beside a vector longer than this, one whose squares are below the least number is not yet nothing.
LONG = 1e12

# Gradients of so many numbers at most are written down at once for samples in doubt.
SETTLED = 2**22


class Contribution(ABC):
    """One call of one layer, over all samples of a batch."""

    @abstractmethod
    def squared_norms(self) -> Tensor:
        """(n,): the sum of squares of each sample's gradient, over this layer's parameters."""

    @abstractmethod
    def sums(self, weights: Tensor) -> Iterator[Sum]:
        """Each parameter with the sum of the samples' gradients times `weights` (n,), or flat."""

    @abstractmethod
    def instances(self) -> Iterator[Sum]:
        """Each parameter with all samples' gradients (n, *shape), for a layer called again."""

    def doubtful(self) -> Tensor | None:
        """(n,): whose squared norms rounding may have falsified; None where it cannot."""
        return None

    def settle(self, rows: Tensor) -> Tensor:
        """(k,): the true ones of the samples `rows` (k,); `sums` must then use the same numbers."""
        raise NotImplementedError


def squared(instances: Tensor) -> Tensor:
    """(n,): the sum of squares of (n, ...)."""
    norms: Tensor = torch.linalg.vector_norm(instances.flatten(1), dim=1)
    return norms.square_()


def total(parts: Iterable[Tensor]) -> Tensor:
    """The sum of one tensor or more; fewer calls than to stack them, of which a step has many."""
    return reduce(torch.add, parts)


def gram_is_cheaper(steps: int, inputs: int, outputs: int) -> bool:
    """Whether two T x T Gram matrices a sample cost less than its q x p gradient.

    Both forms need the products of one weight gradient; the first adds the Gram matrices, the
    second the way of q p numbers through memory.
    """
    return steps * steps * (inputs + outputs) <= MOVE * inputs * outputs


def by_gram(inputs: Tensor, outputs: Tensor) -> tuple[Tensor, Tensor]:
    """`sum_ts inputs_ts outputs_ts` (n,) of Gram matrices (n, T, T), and what it is at most (n,).

    The bound is `(sum_t ||a_t|| ||b_t||)^2`, from the diagonals; infinite for vectors so long that
    squares of the others may be missing.
    """
    a, b = (one.diagonal(dim1=1, dim2=2).sqrt() for one in (inputs, outputs))
    bound = torch.linalg.vecdot(a, b).square_()
    bound.masked_fill_(torch.maximum(a.amax(1), b.amax(1)) > LONG, math.inf)
    norms: Tensor = torch.linalg.vecdot(inputs.flatten(1), outputs.flatten(1))
    return norms, bound


class Doubting(Contribution):
    """Has squared norms that rounding may falsify; mends them from the samples' gradients.

    Where steps cancel, a Gram form may say 0 of a gradient that is not, and a sum over all steps of
    all samples has roundings of the size of what cancels. So the gradients of such samples are
    written down, measured, and summed as they are.
    """

    def __init__(self) -> None:
        self._doubtful: Tensor | None = None
        self._settled: Sequence[Tensor] = ()

    def doubtful(self) -> Tensor | None:
        """(n,)."""
        return self._doubtful

    def settle(self, rows: Tensor) -> Tensor:
        """A block of samples at a time, and each written down again for its sum."""
        self._settled = torch.split(rows, max(1, SETTLED // self._numbers))
        norms = [
            total([squared(one) for _, one in self._gradients(block)]) for block in self._settled
        ]
        return torch.cat(norms)

    def sums(self, weights: Tensor) -> Iterator[Sum]:
        """By `_sums`, but for the samples that were settled."""
        for block in self._settled:
            for parameter, one in self._gradients(block):
                yield parameter, weights[block] @ one.flatten(1)
            weights = weights.index_fill(0, block, 0)
        yield from self._sums(weights)

    @property
    @abstractmethod
    def _numbers(self) -> int:
        """How many numbers a sample's gradient has."""

    @abstractmethod
    def _gradients(self, rows: Tensor | slice) -> Iterator[Sum]:
        """Each parameter with the gradients of the samples `rows`: (k, *shape), or (k, numbers)."""

    @abstractmethod
    def _sums(self, weights: Tensor) -> Iterator[Sum]:
        """As `sums`, for samples that are not in doubt."""


class Instances(Contribution):
    """Gradients that are small, or already there: (n, *shape) a parameter."""

    def __init__(self, parts: Sequence[tuple[nn.Parameter | None, Tensor]]) -> None:
        self._parts = [(p, one) for p, one in parts if p is not None and p.requires_grad]

    def squared_norms(self) -> Tensor:
        """(n,), from the instances."""
        return total([squared(one) for _, one in self._parts])

    def sums(self, weights: Tensor) -> Iterator[Sum]:
        """From the instances."""
        for parameter, one in self._parts:
            yield parameter, weights @ one.flatten(1)

    def instances(self) -> Iterator[Sum]:
        """As they are."""
        yield from self._parts


class Outer(Doubting):
    """Weight matrices and biases that share the gradient b (n, T, q) of what they add up to.

    The squared norm of a weight is `sum_ts (a_t . a_s) (b_t . b_s)`: with one step a product of
    two norms, with few steps two Gram matrices (no gradient is ever written down), with many steps
    the gradient itself.
    """

    def __init__(self, parts: Sequence[Part], b: Tensor) -> None:
        super().__init__()
        used = [(p, a) for p, a in parts if p is not None and p.requires_grad]
        self._weights = [(p, a) for p, a in used if a is not None]
        self._biases = [p for p, a in used if a is None]
        self._b = b
        self._kept: list[Sum] = []

    def squared_norms(self) -> Tensor:
        """(n,), by whichever of the three forms costs the least for these sizes."""
        steps, outputs = self._b.shape[1:]
        inputs = sum(a.shape[2] for _, a in self._weights)
        if steps == 1:
            return self._norms_of_one_step()
        if self._weights and gram_is_cheaper(steps, inputs, outputs):
            return self._norms_by_gram()
        return self._norms_of_instances()

    def _norms_of_one_step(self) -> Tensor:
        outputs = squared(self._b)
        ones = outputs.new_full((1,), len(self._biases))
        inputs = total([ones, *(squared(a) for _, a in self._weights)])
        self._doubtful = torch.maximum(inputs, outputs) > LONG**2
        return inputs * outputs

    def _norms_by_gram(self) -> Tensor:
        (_, first), *others = self._weights
        inputs = torch.bmm(first, first.mT)
        for _, a in others:
            inputs.baddbmm_(a, a.mT)
        if self._biases:
            inputs += len(self._biases)
        norms, bound = by_gram(inputs, torch.bmm(self._b, self._b.mT))
        self._doubtful = ~(norms >= CANCELLED * bound)  # and what is not a number
        return norms

    def _norms_of_instances(self) -> Tensor:
        self._kept = list(self._gradients(slice(None)))
        return total([squared(one) for _, one in self._kept])

    def _sums(self, weights: Tensor) -> Iterator[Sum]:
        """One matrix product over all steps of all samples, or over the gradients if kept."""
        if self._kept:
            yield from ((parameter, weights @ one.flatten(1)) for parameter, one in self._kept)
            return
        rows = _rows(weights[:, None, None].expand(-1, self._b.shape[1], 1), self._b)
        inputs = [_rows(a, self._b) for _, a in self._weights]
        *found, bias = _weighted(_rows(self._b), rows, inputs)
        yield from zip((parameter for parameter, _ in self._weights), found, strict=True)
        yield from ((parameter, bias) for parameter in self._biases)

    def instances(self) -> Iterator[Sum]:
        """`sum_t b_t a_t^T`, and `sum_t b_t` for a bias."""
        return self._gradients(slice(None))

    @property
    def _numbers(self) -> int:
        return sum(one.numel() for one in [*self._biases, *(one for one, _ in self._weights)])

    def _gradients(self, rows: Tensor | slice) -> Iterator[Sum]:
        b = self._b[rows]
        for parameter, a in self._weights:
            yield parameter, torch.bmm(b.mT, a[rows])
        if self._biases:
            bias = b.sum(1)
            yield from ((parameter, bias) for parameter in self._biases)


def _rows(tensor: Tensor, like: Tensor | None = None) -> Tensor:
    """(n, T, k) -> (n T, k), in the order that `like` (n, T, ...) has in memory: time first, too.

    A sum over samples and steps may take either order; to copy them into the other one costs.
    """
    like = tensor if like is None else like
    ordered = tensor.transpose(0, 1) if like.stride(0) < like.stride(1) else tensor
    return ordered.reshape(-1, tensor.shape[2])


def _weighted(b: Tensor, rows: Tensor, inputs: Sequence[Tensor]) -> list[Tensor]:
    """`sum_r rows_r b_r a_r^T` (q, p) for each a of `inputs` (r, p), and `sum_r rows_r b_r` (q,).

    What is narrower is scaled. As b (r, q) is read once for all inputs, these are put side by side,
    and a column of ones for the bias.
    """
    widths = [a.shape[1] for a in inputs]
    if sum(widths) > b.shape[1]:
        scaled = b * rows
        return [*(scaled.mT @ a for a in inputs), scaled.sum(0)]
    beside = b.new_empty(len(b), sum(widths) + 1)
    *places, ones = torch.split(beside, [*widths, 1], dim=1)
    for a, place in zip(inputs, places, strict=True):
        torch.mul(a, rows, out=place)
    ones.copy_(rows)
    *found, bias = torch.split(linear(beside.mT, b.mT), [*widths, 1])
    return [*(one.mT for one in found), bias[0]]
