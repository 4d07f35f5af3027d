"""A sample whose numbers are not finite is left out; the others, and what they show, stay."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.unit.learning.engine.models import OfItsOwn, batch, network
from tests.unit.learning.engine.oracle import classes, close, squares
from weftwork.learning.engine import GradientEngine
from weftwork.learning.errors import UnsupportedLayerError


class Sequence(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first: Any = nn.LSTM(3, 4, batch_first=True)
        self.then: Any = nn.MultiheadAttention(4, 2, batch_first=True)
        self.last = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        h, _ = self.first(x)
        h, _ = self.then(h, h, h)
        output: Tensor = self.last(h)
        return output


MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear": (lambda: nn.Linear(4, 3), (4,)),
    "convolutions": (lambda: network()[:5], (1, 8, 8)),
    "a sequence": (Sequence, (5, 3)),
    "the fallback": (OfItsOwn, (4,)),
}


@pytest.mark.parametrize("wrong", [math.nan, math.inf, 3e38])
@pytest.mark.parametrize("name", MODELS)
def test_one_sample_does_not_spoil_the_sum(name: str, wrong: float) -> None:
    build, shape = MODELS[name]
    torch.manual_seed(1)
    model, x, y = build(), torch.randn(5, *shape), torch.randn(5)
    x[2] = wrong
    others = torch.arange(5) != 2
    # A gate or a softmax may take a large number for what it is: then it is the target's turn.
    y[2] = wrong
    engine = GradientEngine(model, squares, fallback=True)
    result = engine.clipped(x, y, 1.0)
    alone = GradientEngine(model, squares, fallback=True).clipped(x[others], y[others], 1.0)
    assert torch.equal(result.gradient, alone.gradient)
    assert torch.equal(result.norms[others], alone.norms)
    assert torch.equal(result.losses[others], alone.losses)
    assert result.norms[2] == math.inf
    assert bool(alone.gradient.isfinite().all())
    assert alone.gradient.norm() > 0.5


def test_a_finite_gradient_too_long_to_be_measured_is_left_out() -> None:
    """Its square is beyond float32."""
    x, y = torch.tensor([[1.0], [3e19]]), torch.tensor([0.0, 0.0])
    layer = nn.Linear(1, 1, bias=False)
    result = GradientEngine(layer, lambda out, y: out[:, 0] - y).clipped(x, y, 2.0)
    assert result.norms.tolist() == [1.0, math.inf]
    assert result.gradient.tolist() == [1.0]
    assert bool(result.losses.isfinite().all())


def test_a_batch_of_nothing_else_gives_zero() -> None:
    model, (x, y) = network(), batch(3)
    result = GradientEngine(model, classes).clipped(x * math.nan, y, 1.0)
    assert not result.gradient.any()
    assert result.norms.tolist() == [math.inf] * 3


def test_the_plain_sum_leaves_it_out_too() -> None:
    model, (x, y) = network(), batch()
    x[3] = math.inf
    engine = GradientEngine(model, classes)
    others = torch.arange(12) != 3
    close(
        engine.clipped(x, y, math.inf).gradient,
        engine.clipped(x[others], y[others], math.inf).gradient,
    )


class Centred(nn.Module):
    """Takes the mean over the batch: its samples mix."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        h: Tensor = self.layer(x)
        return h - h.mean(0)


class Beside(nn.Module):
    """Turns the samples, but for those that are too large."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        h: Tensor = self.layer(x)
        return torch.where(x.isfinite(), h.flip(0), h)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -3e38])
@pytest.mark.parametrize("row", [0, 1, 5])
def test_numbers_that_are_not_finite_are_no_sign_of_mixed_samples(wrong: float, row: int) -> None:
    """Whichever the batch: the layers of this model keep samples apart."""
    torch.manual_seed(1)
    x = torch.randn(6, 4)
    x[row] = wrong
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2), nn.Linear(2, 2))
    result = GradientEngine(model, squares).clipped(x, torch.randn(6), 1.0)
    assert bool(result.gradient.isfinite().all())


def test_mixed_samples_are_found_beside_them() -> None:
    torch.manual_seed(1)
    x = torch.randn(6, 4)
    x[1] = math.nan
    x[4] = math.nan
    with pytest.raises(UnsupportedLayerError, match="layer layer: what it makes of one sample"):
        GradientEngine(Beside(), squares).clipped(x, torch.randn(6), 1.0)


def test_samples_that_are_not_finite_do_not_count_as_shown_apart() -> None:
    """The first batch shows nothing and gives nothing; the next one shows it."""
    torch.manual_seed(1)
    x, y = torch.randn(6, 4), torch.randn(6)
    spoilt = x.clone()
    spoilt[1] = math.nan
    engine = GradientEngine(Centred(), squares)
    assert not engine.clipped(spoilt, y, 1.0).gradient.any()
    with pytest.raises(UnsupportedLayerError, match="reaches another sample's loss"):
        engine.clipped(x, y, 1.0)
