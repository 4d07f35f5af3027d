"""Convolutions over one or two dimensions, with any stride, padding, dilation and groups."""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from weftwork.learning.engine.capture import Tape
from weftwork.learning.engine.convolved import Convolved, Geometry
from weftwork.learning.engine.rules.rule import Rule, detached

__all__ = ["ConvolutionRule"]

CONVOLVE: dict[type[nn.Module], Callable[..., Tensor]] = {
    nn.Conv1d: functional.conv1d,
    nn.Conv2d: functional.conv2d,
}


class ConvolutionRule(Rule):
    """(n, channels, ...) -> (n, channels, ...)."""

    types = (nn.Conv1d, nn.Conv2d)

    def __init__(self, layer: nn.Module) -> None:
        super().__init__(layer)
        sizes = tuple(zip(self.layer.dilation, self.layer.kernel_size, strict=True))
        self._margin: list[int] | None = None  # what is added to the input beforehand
        padding = self.layer.padding
        if padding == "valid":
            padding = (0,) * len(sizes)
        elif padding == "same":
            padding = tuple(dilation * (kernel - 1) // 2 for dilation, kernel in sizes)
        uneven = self.layer.padding == "same" and any(d * (k - 1) % 2 for d, k in sizes)
        if self.layer.padding_mode != "zeros" or uneven:
            self._margin = self.layer._reversed_padding_repeated_twice
            padding = (0,) * len(sizes)
        self._geometry = Geometry(self.layer.stride, padding, self.layer.dilation)
        self._convolve = next(f for kind, f in CONVOLVE.items() if isinstance(layer, kind))

    def forward(self, tape: Tape, *inputs: Any, **options: Any) -> Tensor:
        """(n, channels, ...) -> (n, channels, ...)."""
        return self._forward(tape, *inputs, **options)

    def _forward(self, tape: Tape, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
        if self._margin:
            mode = self.layer.padding_mode
            kind = "constant" if mode == "zeros" else mode
            input = functional.pad(input, self._margin, mode=kind)  # noqa: A001
        weight, bias = self.layer.weight, self.layer.bias
        output = self._convolve(
            input, weight.detach(), detached(bias), **vars(self._geometry), groups=self.layer.groups
        )
        a = input.detach()
        return tape.tap(output, partial(Convolved, weight, bias, self._geometry, a), a)
