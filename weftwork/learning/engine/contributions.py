"""What a layer adds to the samples' gradients: their squared norms, and their weighted sum.

Shapes: n samples, T steps of a sequence (or positions of an image), p inputs and q outputs of a
layer. A sample's gradient of a weight matrix W (q, p) is `sum_t b_t a_t^T`, with a_t (p,) what the
layer was given at step t and b_t (q,) the loss's gradient with respect to what it gave.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

__all__ = ["Contribution", "Instances", "Outer", "Sum", "gram_is_cheaper", "squared"]

Sum = tuple[nn.Parameter, Tensor]
# A parameter and what it was multiplied by, (n, T, p); None for a bias.
Part = tuple[nn.Parameter | None, Tensor | None]

# Writing one number of a per-sample gradient and reading it twice again takes as long as this many
# multiplications and additions of a matrix product (measured on one core, with and without AVX512).
MOVE = 48

# By how many times one matrix must be narrower for its product to be faster the other way round.
NARROW = 16


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


def squared(instances: Tensor) -> Tensor:
    """(n,): the sum of squares of (n, ...)."""
    norms: Tensor = torch.linalg.vector_norm(instances.flatten(1), dim=1)
    return norms.square_()


def gram_is_cheaper(steps: int, inputs: int, outputs: int) -> bool:
    """Whether two T x T Gram matrices a sample cost less than its q x p gradient.

    Both forms need the products of one weight gradient; the first adds the Gram matrices, the
    second the way of q p numbers through memory.
    """
    return steps * steps * (inputs + outputs) <= MOVE * inputs * outputs


class Instances(Contribution):
    """Gradients that are small, or already there: (n, *shape) a parameter."""

    def __init__(self, parts: Sequence[tuple[nn.Parameter | None, Tensor]]) -> None:
        self._parts = [(p, one) for p, one in parts if p is not None and p.requires_grad]

    def squared_norms(self) -> Tensor:
        """(n,), from the instances."""
        return torch.stack([squared(one) for _, one in self._parts]).sum(0)

    def sums(self, weights: Tensor) -> Iterator[Sum]:
        """From the instances."""
        for parameter, one in self._parts:
            yield parameter, weights @ one.flatten(1)

    def instances(self) -> Iterator[Sum]:
        """As they are."""
        yield from self._parts


class Outer(Contribution):
    """Weight matrices and biases that share the gradient b (n, T, q) of what they add up to.

    The squared norm of a weight is `sum_ts (a_t . a_s) (b_t . b_s)`: with one step a product of
    two norms, with few steps two Gram matrices (exact, and no gradient is ever written down), with
    many steps the gradient itself.
    """

    def __init__(self, parts: Sequence[Part], b: Tensor) -> None:
        used = [(p, a) for p, a in parts if p is not None and p.requires_grad]
        self._weights = [(p, a) for p, a in used if a is not None]
        self._biases = [p for p, a in used if a is None]
        self._b = b
        self._kept: list[Tensor] = []

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
        norms = torch.full_like(self._b[:, 0, 0], len(self._biases))
        for _, a in self._weights:
            norms += squared(a)
        return norms.mul_(squared(self._b))

    def _norms_by_gram(self) -> Tensor:
        (_, first), *others = self._weights
        inputs = torch.bmm(first, first.mT)
        for _, a in others:
            inputs.baddbmm_(a, a.mT)
        if self._biases:
            inputs += len(self._biases)
        outputs = torch.bmm(self._b, self._b.mT)
        norms: Tensor = torch.linalg.vecdot(inputs.flatten(1), outputs.flatten(1))
        return norms.clamp_(min=0)  # rounding may leave a little below 0 where steps cancel

    def _norms_of_instances(self) -> Tensor:
        self._kept = [torch.bmm(self._b.mT, a) for _, a in self._weights]
        norms = [squared(one) for one in self._kept]
        if self._biases:
            norms.append(squared(self._b.sum(1)) * len(self._biases))
        return torch.stack(norms).sum(0)

    def sums(self, weights: Tensor) -> Iterator[Sum]:
        """One matrix product over all steps of all samples, or over the gradients if kept."""
        b, rows = (
            _rows(self._b),
            _rows(weights[:, None, None].expand(-1, self._b.shape[1], 1), self._b),
        )
        for index, (parameter, a) in enumerate(self._weights):
            if self._kept:
                yield parameter, weights @ self._kept[index].flatten(1)
            else:
                yield parameter, _product(b, rows, _rows(a, self._b))
        if self._biases:
            bias = rows[:, 0] @ b
            yield from ((parameter, bias) for parameter in self._biases)

    def instances(self) -> Iterator[Sum]:
        """`sum_t b_t a_t^T`, and `sum_t b_t` for a bias."""
        for parameter, a in self._weights:
            yield parameter, torch.bmm(self._b.mT, a)
        for parameter in self._biases:
            yield parameter, self._b.sum(1)


def _rows(tensor: Tensor, like: Tensor | None = None) -> Tensor:
    """(n, T, k) -> (n T, k), in the order that `like` (n, T, ...) has in memory: time first, too.

    A sum over samples and steps may take either order; to copy them into the other one costs.
    """
    like = tensor if like is None else like
    ordered = tensor.transpose(0, 1) if like.stride(0) < like.stride(1) else tensor
    return ordered.reshape(-1, tensor.shape[2])


def _product(b: Tensor, rows: Tensor, a: Tensor) -> Tensor:
    """`sum_r rows_r b_r a_r^T` (q, p); the narrower is scaled, and goes first if very narrow."""
    if a.shape[1] > b.shape[1]:
        return (b * rows).mT @ a
    if NARROW * a.shape[1] <= b.shape[1]:
        return ((a * rows).mT @ b).mT
    return b.mT @ (a * rows)
