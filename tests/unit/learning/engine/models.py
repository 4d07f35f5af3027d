"""A small network and its data, and models whose layers have no rule."""

import torch
from torch import Tensor, nn


def network(*, dropout: float = 0.0) -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Dropout(dropout), nn.Linear(36, 8), nn.Tanh(), nn.Linear(8, 3),
    )  # fmt: skip


def batch(n: int = 12) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(n, 1, 8, 8, generator=generator)
    return x, torch.randint(3, (n,), generator=generator)


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(5, 4)
        self.scores = nn.Linear(4, 5, bias=False)
        self.scores.weight = self.words.weight

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.scores(self.words(x))
        return scores


class OfItsOwn(nn.Module):
    """A parameter that no layer owns, and a layer with a forward pass of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.layer = Doubled(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layer(x)
        return out * self.scale


class Doubled(nn.Linear):
    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
        return 2 * super().forward(input)
