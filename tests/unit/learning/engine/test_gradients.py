"""The engine's promises beside its rules: parts of a batch, same bits, a model untouched."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.unit.learning.engine.models import batch, network
from tests.unit.learning.engine.oracle import check, classes, close, expected
from weftwork.learning.arena import Arena
from weftwork.learning.engine import GradientEngine
from weftwork.learning.errors import ModelError


def test_norms_losses_and_the_sum_in_the_order_of_the_arena() -> None:
    model, (x, y) = network(), batch()
    arena = Arena(model)
    oracle = expected(model, classes, x, y)
    result = GradientEngine(model, classes).clipped(x, y, 3.5)
    assert result.gradient.shape == arena.vector.shape
    close(result.gradient, oracle.clipped(3.5))
    close(result.norms, oracle.norms)
    close(result.losses, classes(model(x), y).detach())
    assert (result.norms > 3.5).any()
    assert (result.norms < 3.5).any()


def test_an_infinite_threshold_gives_the_plain_sum() -> None:
    model, (x, y) = network(), batch()
    plain = torch.autograd.grad(classes(model(x), y).sum(), list(model.parameters()))
    result = GradientEngine(model, classes).clipped(x, y, math.inf)
    close(result.gradient, torch.cat([one.flatten() for one in plain]))


@given(samples=st.integers(1, 12), physical=st.integers(1, 13))
def test_parts_change_nothing(samples: int, physical: int) -> None:
    model, (x, y) = network(), batch(samples)
    result = GradientEngine(model, classes, physical_batch=physical).clipped(x, y, 1.0)
    wanted = GradientEngine(model, classes).clipped(x, y, 1.0)
    torch.testing.assert_close(result.gradient, wanted.gradient, rtol=1e-4, atol=1e-5)
    close(result.norms, wanted.norms)
    close(result.losses, wanted.losses)


def test_a_batch_without_samples_gives_zero() -> None:
    model, (x, y) = network(), batch()
    result = GradientEngine(model, classes).clipped(x[:0], y[:0], 1.0)
    assert result.gradient.shape == (sum(one.numel() for one in model.parameters()),)
    assert not result.gradient.any()
    assert result.norms.shape == result.losses.shape == (0,)


def test_one_sample() -> None:
    check(network(), *batch(1), loss=classes)


def test_equal_bits_on_repetition() -> None:
    x, y = batch()
    engine = GradientEngine(network(), classes, physical_batch=5)
    first, second = (engine.clipped(x, y, 1.0) for _ in range(2))
    other = GradientEngine(network(), classes, physical_batch=5).clipped(x, y, 1.0)
    for result in (second, other):
        assert torch.equal(first.gradient, result.gradient)
        assert torch.equal(first.norms, result.norms)


def test_dropout_is_by_sample_and_follows_torchs_generator() -> None:
    x, y = batch()
    engine = GradientEngine(network(dropout=0.5), classes)

    def norms(seed: int) -> Tensor:
        torch.manual_seed(seed)
        return engine.clipped(x, y, 1.0).norms

    assert torch.equal(norms(3), norms(3))
    assert not torch.equal(norms(3), norms(4))


@pytest.mark.parametrize("threshold", [0.0, -1.0, math.nan])
def test_a_threshold_that_is_none(threshold: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        GradientEngine(network(), classes).clipped(*batch(), threshold)


def failing(output: Tensor, y: Tensor) -> Tensor:
    raise RuntimeError("not this time")


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("loss", [classes, failing])
def test_the_model_is_left_as_it_was(
    training: bool, loss: Callable[[Tensor, Tensor], Tensor]
) -> None:
    model = network().train(training)
    own = model[0].forward
    model[0].forward = lambda x: own(2 * x)  # somebody else's, on the layer itself
    model[8].requires_grad_(False)
    weights = [one.clone() for one in model.parameters()]
    attributes = [dict(vars(one)) for one in model.modules()]
    x, y = batch()
    before = model(x)
    engine = GradientEngine(model, loss)
    if loss is failing:
        with pytest.raises(RuntimeError, match="not this time"):
            engine.clipped(x, y, 1.0)
    else:
        engine.clipped(x, y, 1.0)
    assert [dict(vars(one)) for one in model.modules()] == attributes
    assert torch.equal(model(x), before)
    assert all(torch.equal(*pair) for pair in zip(model.parameters(), weights, strict=True))
    assert all(one.grad is None for one in model.parameters())
    assert [one.requires_grad for one in model.parameters()] == 6 * [True] + 2 * [False]


def test_works_where_gradients_are_off() -> None:
    model, (x, y) = network(), batch()
    engine = GradientEngine(model, classes)
    with torch.no_grad():
        result = engine.clipped(x, y, 1.0)
    close(result.gradient, expected(model, classes, x, y).clipped(1.0))
    assert not result.gradient.requires_grad


def test_mixed_precision() -> None:
    """Norms and sums are in float32 from what the layers gave in bfloat16: right to its digits."""
    model = nn.Sequential(network()[:5], nn.Unflatten(1, (4, 9)), nn.LSTM(9, 5, batch_first=True))
    head = nn.Linear(5, 3)

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model, self.head = model, head

        def forward(self, x: Tensor) -> Tensor:
            scores: Tensor = self.head(self.model(x)[0][:, -1])
            return scores

    whole, (x, y) = Whole(), batch()
    engine = GradientEngine(whole, classes)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        result = engine.clipped(x, y, 1.0)
    oracle = expected(whole, classes, x, y)
    assert result.gradient.dtype == torch.float32
    torch.testing.assert_close(result.norms, oracle.norms, rtol=0.05, atol=0.0)
    assert (result.gradient - oracle.clipped(1.0)).norm() < 0.05 * oracle.clipped(1.0).norm()


def test_a_loss_that_is_no_loss_a_sample() -> None:
    engine = GradientEngine(network(), lambda output, y: classes(output, y).mean())
    with pytest.raises(
        ModelError, match=r"the loss has shape \[\], not one number for each of the 12"
    ):
        engine.clipped(*batch(), 1.0)


def test_a_layer_without_part_in_the_loss_has_no_gradient() -> None:
    class Idle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.idle = nn.Linear(3, 2), nn.Linear(3, 2)

        def forward(self, x: Tensor) -> Any:
            self.idle(x)
            return self.used(x)

    torch.manual_seed(1)
    result = check(Idle(), torch.randn(4, 3), torch.randn(4))
    assert not result.gradient[8:].any()
