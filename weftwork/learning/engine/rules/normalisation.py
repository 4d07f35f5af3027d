"""Normalisations within a sample; their scale and shift are small, and so instantiated."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from weftwork.learning.engine.capture import Tape
from weftwork.learning.engine.contributions import Instances
from weftwork.learning.engine.rules.rule import Rule, detached

__all__ = ["GroupNormRule", "LayerNormRule"]


class GroupNormRule(Rule):
    """(n, channels, ...), each group of channels with mean 0 and variance 1, scaled and shifted."""

    types = (nn.GroupNorm,)

    def forward(self, tape: Tape, *inputs: Any, **options: Any) -> Tensor:
        """(n, channels, ...) -> the same shape."""
        return self._forward(tape, *inputs, **options)

    def _forward(self, tape: Tape, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
        layer, (samples, channels, *size) = self.layer, input.shape
        input = input.to(layer.weight.dtype)  # noqa: A001
        weight, bias, groups = layer.weight, layer.bias, layer.num_groups
        output, mean, scale = torch.native_group_norm(
            input.contiguous(), weight.detach(), detached(bias),
            samples, channels, math.prod(size), groups, layer.eps,
        )  # fmt: skip
        x, mean, scale = (one.detach() for one in (input, mean, scale))

        def collect(b: Tensor) -> Instances:
            b, a = (one.reshape(samples, groups, channels // groups, -1) for one in (b, x))
            shift = b.sum(3)
            stretch = ((b * a).sum(3) - shift * mean[..., None]) * scale[..., None]
            return Instances([(weight, stretch.flatten(1)), (bias, shift.flatten(1))])

        return tape.tap(output, collect, x)


class LayerNormRule(Rule):
    """(n, ..., *shape), each `shape` with mean 0 and variance 1, scaled and shifted."""

    types = (nn.LayerNorm,)

    def forward(self, tape: Tape, *inputs: Any, **options: Any) -> Tensor:
        """(n, ..., *shape) -> the same shape."""
        return self._forward(tape, *inputs, **options)

    def _forward(self, tape: Tape, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
        shape, weight, bias = self.layer.normalized_shape, self.layer.weight, self.layer.bias
        input = input.to(weight.dtype)  # noqa: A001
        output, mean, scale = torch.native_layer_norm(
            input, shape, weight.detach(), detached(bias), self.layer.eps
        )
        x, mean, scale = (one.detach() for one in (input, mean, scale))

        def collect(b: Tensor) -> Instances:
            stretch = b * ((x - mean) * scale)
            middle = (len(b), -1, *shape)
            return Instances(
                [(weight, stretch.reshape(middle).sum(1)), (bias, b.reshape(middle).sum(1))]
            )

        return tape.tap(output, collect, x)
