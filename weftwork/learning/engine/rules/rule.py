"""What the engine must know of a layer type: its forward pass, tapped where its parameters act."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from torch import Tensor, nn

from weftwork.learning.engine.capture import Tape

__all__ = ["Rule", "detached"]


class Rule(ABC):
    """The rule of one layer of a model; stands in for the layer's `forward` while it is captured.

    `types` are the layers that it is for. A layer that it cannot take says why by `problem`.
    """

    types: ClassVar[tuple[type[nn.Module], ...]]

    def __init__(self, layer: nn.Module) -> None:
        self.layer: Any = layer  # each rule knows the attributes of its own types

    def problem(self) -> str:
        """Empty, or what is wrong with this layer's options and what would be right."""
        return ""

    @abstractmethod
    def forward(self, tape: Tape, *inputs: Any, **options: Any) -> Any:
        """As the layer's own, from parameters cut off the graph, with its outputs on the tape."""


def detached(parameter: nn.Parameter | None) -> Tensor | None:
    """The parameter's values, for which autograd then computes no gradient."""
    return None if parameter is None else parameter.detach()
