"""Instantiated gradients, for layers without a rule: equal, slow, and announced."""

import logging
from collections.abc import Callable

import pytest
import torch
from torch import nn

from tests.unit.learning.engine.models import OfItsOwn, Tied, batch, network
from tests.unit.learning.engine.oracle import classes, close, expected, squares
from weftwork.learning.engine import GradientEngine
from weftwork.learning.errors import UnsupportedLayerError

FALLBACK: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], str]] = {
    "no rule": (lambda: nn.Sequential(nn.Linear(4, 3), nn.PReLU()), (4,), "1 (PReLU): has no rule"),
    "of its own": (OfItsOwn, (4,), "layer (Doubled): has no rule"),
    "tied": (Tied, (6,), "scores.weight (Linear): is also words.weight"),
}


@pytest.mark.parametrize("name", FALLBACK)
def test_the_fallback_is_equal_and_says_so_once(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    build, shape, named = FALLBACK[name]
    torch.manual_seed(1)
    model, y = build(), torch.randn(20)
    x = torch.randint(5, (20, *shape)) if name == "tied" else torch.randn(20, *shape)
    oracle = expected(model, squares, x, y)
    threshold = float(oracle.norms.median())
    with caplog.at_level(logging.WARNING):
        engine = GradientEngine(model, squares, fallback=True)
        result = engine.clipped(x, y, threshold)
    close(result.gradient, oracle.clipped(threshold))
    close(result.norms, oracle.norms)
    close(result.losses, squares(model(x), y).detach())
    assert len(caplog.records) == 1
    assert "slow per-sample gradients (vmap), since " in caplog.text
    assert named in caplog.text


def test_the_fallback_in_parts() -> None:
    torch.manual_seed(1)
    model, x, y = OfItsOwn(), torch.randn(20, 4), torch.randn(20)
    whole = GradientEngine(model, squares, fallback=True).clipped(x, y, 1.0)
    parts = GradientEngine(model, squares, fallback=True, physical_batch=7).clipped(x, y, 1.0)
    close(parts.gradient, whole.gradient)
    close(parts.norms, whole.norms)


def test_no_fallback_for_what_mixes_samples() -> None:
    with pytest.raises(UnsupportedLayerError, match="use GroupNorm"):
        GradientEngine(nn.Sequential(nn.BatchNorm1d(3), nn.PReLU()), squares, fallback=True)


def test_a_fallback_that_is_not_needed_is_not_used(caplog: pytest.LogCaptureFixture) -> None:
    model, (x, y) = network(), batch()
    result = GradientEngine(model, classes, fallback=True).clipped(x, y, 1.0)
    assert torch.equal(result.gradient, GradientEngine(model, classes).clipped(x, y, 1.0).gradient)
    assert not caplog.records
