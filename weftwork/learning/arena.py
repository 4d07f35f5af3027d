"""All trainable weights of a model in one flat tensor, which the model's parameters are views of.

A vector operation then is one kernel over all layers: a step, noise, a norm, a mix of two models.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

__all__ = ["Arena"]


class Arena:
    """`vector` (numbers,) float32 holds the trainable parameters in the order of `parameters()`.

    Writing to `vector` in place changes the model. A model has one arena at most at a time.
    """

    def __init__(self, model: nn.Module) -> None:
        named = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
        self.names = [name for name, _ in named]
        self.parameters = [one for _, one in named]
        self.shapes = [one.shape for one in self.parameters]
        self.vector = torch.cat([one.detach().reshape(-1) for one in self.parameters])
        for one, view in zip(self.parameters, self.split(self.vector), strict=True):
            one.data = view

    def split(self, vector: Tensor) -> list[Tensor]:
        """Views of `vector` (numbers,) in the parameters' shapes and order."""
        parts = torch.split(vector, [shape.numel() for shape in self.shapes])
        return [part.view(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def named(self, vector: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The parts of `vector` by the parameters' names."""
        return zip(self.names, self.split(vector), strict=True)

    def gather(self, tensors: list[Tensor]) -> Tensor:
        """One vector (numbers,) of tensors in the parameters' order."""
        return torch.cat([one.reshape(-1) for one in tensors])
