"""The models that are timed, with data of their shapes; what the data are makes no difference."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from weftwork.learning.models import ModelSpec, build

__all__ = ["TASKS", "Task"]


@dataclass(frozen=True)
class Task:
    """A registered model, and its input: `shape` of one sample, of tokens below `tokens` if any."""

    model: str
    shape: tuple[int, ...]
    classes: int
    tokens: int = 0

    def network(self) -> nn.Module:
        """The model with its first weights: equal for equal torch."""
        torch.manual_seed(1)
        return build(ModelSpec(name=self.model, version=1, parameters={}))

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """Samples (size, *shape) and their classes (size,)."""
        generator = torch.Generator().manual_seed(2)
        shape = (size, *self.shape)
        if self.tokens:
            x = torch.randint(self.tokens, shape, generator=generator)
        else:
            x = torch.randn(shape, generator=generator)
        return x, torch.randint(self.classes, (size,), generator=generator)


TASKS = {
    "mnist-cnn": Task("cnn", (1, 28, 28), 10),
    "cifar-cnn": Task("cifar-cnn", (3, 32, 32), 10),
    "lstm": Task("shakespeare-lstm", (80,), 80, tokens=80),
}
