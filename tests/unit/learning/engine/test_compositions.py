"""Models of any composition against the oracle: what layers see does not depend on what is near."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from tests.unit.learning.engine.oracle import check


class Custom(nn.Module):
    """Layers in an order of their own, a branch that is not used, and one that is used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(6, 2)
        self.unused = nn.Linear(3, 3)
        self.again = nn.Linear(6, 6)
        self.first = nn.Linear(4, 6)

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(x)
        for _ in range(3):
            h = torch.tanh(self.again(h)) + h
        return torch.stack([self.last(h), h[:, :2]], dim=1)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 3, 1))

    def forward(self, x: Tensor) -> Tensor:
        inner: Tensor = self.inner(x)
        return x + inner


class TwoInputs(nn.Module):
    """Two first layers."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(2, 3), nn.Linear(2, 3)

    def forward(self, x: Tensor) -> Tensor:
        left: Tensor = self.left(x[:, :2])
        right: Tensor = self.right(x[:, 2:])
        return left * right


def convolved_again() -> nn.Module:
    layer = nn.Conv2d(2, 2, 3, padding=1)
    return nn.Sequential(layer, nn.ReLU(), layer, nn.Tanh(), layer)


def shared() -> nn.Module:
    """One layer within two others."""
    layer = nn.Linear(4, 4)
    return nn.Sequential(nn.Sequential(layer, nn.Tanh()), nn.Sequential(nn.Tanh(), layer))


def in_place() -> nn.Module:
    """Activations that overwrite the output of a layer: first, inner, and over a sequence."""
    return nn.Sequential(
        nn.Linear(4, 5),
        nn.ReLU(inplace=True),
        nn.Linear(5, 5),
        nn.ELU(inplace=True),
        nn.Linear(5, 2),
    )


COMPOSITIONS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "custom": (Custom, (4,)),
    "residual": (lambda: nn.Sequential(Residual(), nn.ReLU(), Residual()), (3, 5, 5)),
    "two inputs": (TwoInputs, (4,)),
    "a convolution called again": (convolved_again, (2, 5, 5)),
    "a layer within two others": (shared, (4,)),
    "in place": (in_place, (4,)),
    "in place over steps": (in_place, (3, 4)),
}


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_composition(name: str) -> None:
    build, shape = COMPOSITIONS[name]
    torch.manual_seed(1)
    check(build(), torch.randn(5, *shape), torch.randn(5))


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_composition_in_double_precision(name: str) -> None:
    build, shape = COMPOSITIONS[name]
    torch.manual_seed(1)
    x, y = torch.randn(4, *shape, dtype=torch.float64), torch.randn(4, dtype=torch.float64)
    check(build().double(), x, y)
