"""Embeddings of tokens."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from weftwork.learning.engine.capture import Tape
from weftwork.learning.engine.contributions import Contribution, Sum, squared
from weftwork.learning.engine.rules.rule import Rule

__all__ = ["EmbeddingRule"]


class EmbeddingRule(Rule):
    """(n, ...) whole numbers below V -> (n, ..., q)."""

    types = (nn.Embedding,)

    def problem(self) -> str:
        """Two options make a weight depend on what else is in the batch."""
        if self.layer.max_norm is not None:
            return "changes its weights in the forward pass; leave out max_norm"
        if self.layer.scale_grad_by_freq:
            return "mixes the samples of a batch; leave out scale_grad_by_freq"
        return ""

    def forward(self, tape: Tape, *inputs: Any, **options: Any) -> Tensor:
        """(n, ...) -> (n, ..., q)."""
        return self._forward(tape, *inputs, **options)

    def _forward(self, tape: Tape, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
        weight = self.layer.weight
        output = functional.embedding(input, weight.detach())

        def collect(b: Tensor) -> Embedded:
            tokens = input.reshape(len(input), -1)
            b = b.reshape(*tokens.shape, -1).to(weight.dtype)
            if self.layer.padding_idx is not None:
                b = b * (tokens != self.layer.padding_idx)[..., None]
            return Embedded(weight, tokens, b)

        return tape.tap(output, collect, input)


class Embedded(Contribution):
    """An embedding's weight (V, q): row v is the sum of b_t (q,) over the steps with token v."""

    def __init__(self, weight: nn.Parameter, tokens: Tensor, b: Tensor) -> None:
        self._weight, self._tokens, self._b = weight, tokens, b

    def squared_norms(self) -> Tensor:
        """(n,): `sum_ts [v_t = v_s] b_t . b_s`, or from the rows where a vocabulary is small."""
        if len(self._weight) <= self._tokens.shape[1]:
            return squared(self._rows())
        same = self._tokens[:, :, None] == self._tokens[:, None, :]
        return (torch.bmm(self._b, self._b.mT) * same).sum((1, 2)).clamp_(min=0)

    def sums(self, weights: Tensor) -> Iterator[Sum]:
        """Each step's gradient is added to its token's row."""
        b = (self._b * weights[:, None, None]).flatten(0, 1)
        total = torch.zeros_like(self._weight, requires_grad=False)
        yield self._weight, total.index_add_(0, self._tokens.flatten(), b)

    def instances(self) -> Iterator[Sum]:
        """The rows of each sample."""
        yield self._weight, self._rows()

    def _rows(self) -> Tensor:
        """(n, V, q)."""
        samples, steps, numbers = self._b.shape
        rows = self._b.new_zeros(samples, len(self._weight), numbers)
        return rows.scatter_add_(1, self._tokens[..., None].expand(-1, steps, numbers), self._b)
