"""Linear layers, over one vector a sample or over sequences."""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from weftwork.learning.engine.capture import Tape
from weftwork.learning.engine.contributions import Outer
from weftwork.learning.engine.rules.rule import Rule, detached

__all__ = ["LinearRule", "project"]


class LinearRule(Rule):
    """(n, ..., p) -> (n, ..., q)."""

    types = (nn.Linear,)

    def forward(self, tape: Tape, *inputs: Any, **options: Any) -> Tensor:
        """(n, ..., p) -> (n, ..., q)."""
        return project(tape, self.layer.weight, self.layer.bias, *inputs, **options)


def project(tape: Tape, weight: nn.Parameter, bias: nn.Parameter | None, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
    """`input` (n, ..., p) times `weight` (q, p) transposed, plus `bias` (q,), on the tape."""
    output = functional.linear(input, weight.detach(), detached(bias))
    a = input.detach()

    def collect(gradient: Tensor) -> Outer:
        b = steps(gradient).to(weight.dtype)
        return Outer([(weight, steps(a).to(weight.dtype)), (bias, None)], b)

    return tape.tap(output, collect, a)


def steps(tensor: Tensor) -> Tensor:
    """(n, ..., p) -> (n, T, p); (n, p) is one step."""
    return tensor.reshape(tensor.shape[0], -1, tensor.shape[-1])
