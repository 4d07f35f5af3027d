"""Multi-head attention, over one sequence (self) or two (cross), of one embedding size."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from weftwork.learning.engine.capture import Tape
from weftwork.learning.engine.contributions import Contribution, Outer, Sum
from weftwork.learning.engine.rules.linear import project
from weftwork.learning.engine.rules.rule import Rule, detached
from weftwork.learning.errors import UnsupportedLayerError

__all__ = ["AttentionRule"]


class AttentionRule(Rule):
    """query (n, L, E), key and value (n, S, E) -> (n, L, E) and the attention (n, L, S)."""

    types = (nn.MultiheadAttention,)

    def problem(self) -> str:
        """Keys and values of other sizes, and options that add a step."""
        if not self.layer._qkv_same_embed_dim:
            return "has no rule for kdim and vdim; use one embedding size"
        if self.layer.bias_k is not None or self.layer.add_zero_attn:
            return "has no rule for add_bias_kv and add_zero_attn; leave them out"
        return ""

    def forward(self, tape: Tape, *inputs: Any, **options: Any) -> tuple[Tensor, Tensor | None]:
        """The output, and the attention weights where they are needed, as the layer's own."""
        return self._forward(tape, *inputs, **options)

    def _forward(
        self,
        tape: Tape,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        if query.dim() != 3 or (is_causal and attn_mask is None):
            raise UnsupportedLayerError(
                f"layer {tape.layer}: takes a batch of sequences (three dimensions), and is_causal "
                "with its attn_mask only"
            )
        first = self.layer.batch_first
        if not first and query is key is value:
            query = key = value = query.transpose(0, 1)
        elif not first:
            query, key, value = (one.transpose(0, 1) for one in (query, key, value))
        q, k, v = self._projections(tape, query, key, value)
        mask = self._mask(q, k, key_padding_mask, attn_mask)
        dropout = self.layer.dropout if self.layer.training else 0.0
        weights = None
        if need_weights:
            scores = q @ k.mT / math.sqrt(q.shape[-1])
            scores = scores if mask is None else scores + mask
            weights = functional.dropout(scores.softmax(-1), dropout)
            heads = weights @ v
            weights = weights.mean(1) if average_attn_weights else weights
        else:
            heads = functional.scaled_dot_product_attention(q, k, v, mask, dropout)
        out = self.layer.out_proj
        output = project(tape, out.weight, out.bias, heads.transpose(1, 2).flatten(2))
        return output if first else output.transpose(0, 1), weights

    def _projections(
        self, tape: Tape, query: Tensor, key: Tensor, value: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """q, k and v by heads, (n, heads, steps, E / heads); of one sequence by one product."""
        weight, bias = self.layer.in_proj_weight, self.layer.in_proj_bias
        size = self.layer.embed_dim
        if query is key is value:
            found = torch.split(project(tape, weight, bias, query), size, -1)
        else:
            found = tuple(
                _project_rows(tape, weight, bias, x, slice(row, row + size))
                for x, row in zip((query, key, value), (0, size, 2 * size), strict=True)
            )
        heads = (self.layer.num_heads, size // self.layer.num_heads)
        q, k, v = (one.reshape(*one.shape[:2], *heads).transpose(1, 2) for one in found)
        return q, k, v

    def _mask(
        self, q: Tensor, k: Tensor, padding: Tensor | None, attention: Tensor | None
    ) -> Tensor | None:
        """What is added to the scores (n, heads, L, S)."""
        total = None
        if attention is not None:
            total = _additive(attention, q.dtype)
            if total.dim() == 3:
                total = total.view(len(q), -1, *total.shape[1:])
        if padding is not None:
            keys = _additive(padding, q.dtype)[:, None, None, :]
            total = keys if total is None else total + keys
        return total


def _additive(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """A mask to be added: -inf where a mask of booleans is true."""
    if mask.dtype == torch.bool:
        return torch.zeros_like(mask, dtype=dtype).masked_fill_(mask, -math.inf)
    return mask


def _project_rows(
    tape: Tape, weight: nn.Parameter, bias: nn.Parameter | None, x: Tensor, rows: slice
) -> Tensor:
    """The projection by some rows of a weight that three projections share."""
    values = detached(bias)
    output = functional.linear(x, weight.detach()[rows], None if values is None else values[rows])
    a = x.detach()

    def collect(b: Tensor) -> Rows:
        inner = Outer([(weight, a.to(weight.dtype)), (bias, None)], b.to(weight.dtype))
        return Rows(inner, (rows.start, len(weight) - rows.stop))

    return tape.tap(output, collect, a)


class Rows(Contribution):
    """What concerns some rows of the parameters, with `beside` rows of zeros before and after."""

    def __init__(self, inner: Contribution, beside: tuple[int, int]) -> None:
        self._inner, self._beside = inner, beside

    def squared_norms(self) -> Tensor:
        """(n,)."""
        return self._inner.squared_norms()

    def doubtful(self) -> Tensor | None:
        """(n,)."""
        return self._inner.doubtful()

    def settle(self, rows: Tensor) -> Tensor:
        """(k,)."""
        return self._inner.settle(rows)

    def sums(self, weights: Tensor) -> Iterator[Sum]:
        """All rows of each parameter."""
        for parameter, one in self._inner.sums(weights):
            rows = one.view(-1, *parameter.shape[1:])
            yield parameter, functional.pad(rows, [0, 0] * (rows.dim() - 1) + list(self._beside))

    def instances(self) -> Iterator[Sum]:
        """All rows of each parameter, by sample."""
        for parameter, one in self._inner.instances():
            yield parameter, functional.pad(one, [0, 0] * (one.dim() - 2) + list(self._beside))
