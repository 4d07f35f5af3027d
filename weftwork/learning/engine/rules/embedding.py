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
    """An embedding's weight (V, q): row v is the sum of b_t (q,) over the steps with token v.

    Norms and sum are of the rows that a sample has: fewer numbers than b's.
    """

    def __init__(self, weight: nn.Parameter, tokens: Tensor, b: Tensor) -> None:
        self._weight, self._n = weight, len(tokens)
        first = torch.arange(len(tokens), device=tokens.device)[:, None] * len(weight)
        found, places = torch.unique(tokens + first, return_inverse=True)
        self._rows = b.new_zeros(len(found), b.shape[2])
        self._rows.index_add_(0, places.flatten(), b.flatten(0, 1))
        self._samples, self._row_tokens = found // len(weight), found % len(weight)

    def squared_norms(self) -> Tensor:
        """(n,)."""
        norms = self._rows.new_zeros(self._n)
        return norms.index_add_(0, self._samples, squared(self._rows))

    def sums(self, weights: Tensor) -> Iterator[Sum]:
        """Each sample's row of a token is added to the token's."""
        rows = self._rows * weights[self._samples, None]
        total = torch.zeros_like(self._weight, requires_grad=False)
        yield self._weight, total.index_add_(0, self._row_tokens, rows)

    def instances(self) -> Iterator[Sum]:
        """All rows of each sample (n, V, q)."""
        all_rows = self._rows.new_zeros(self._n, *self._weight.shape)
        all_rows[self._samples, self._row_tokens] = self._rows
        yield self._weight, all_rows
