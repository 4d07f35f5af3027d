"""Models that cannot be trained privately: each layer is named, with what would be right."""

from collections.abc import Callable
from functools import partial
from typing import cast

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils import parametrizations as parametrized
from torch.nn.utils import spectral_norm

from tests.unit.learning.engine.models import OfItsOwn, Tied
from tests.unit.learning.engine.oracle import check, squares
from weftwork.learning.engine import GradientEngine
from weftwork.learning.errors import ModelError, UnsupportedLayerError

REFUSED: dict[str, tuple[Callable[[], nn.Module], list[str]]] = {
    "batch norm": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.BatchNorm1d(2, affine=False)
        ),
        [
            "1 (BatchNorm2d) mixes the samples of a batch; use GroupNorm",
            "2 (BatchNorm1d) mixes the samples of a batch; use GroupNorm",
        ],
    ),
    "statistics": (
        lambda: nn.Sequential(nn.InstanceNorm2d(2, track_running_stats=True)),
        [
            "0 (InstanceNorm2d) keeps statistics of the samples; "
            "use GroupNorm, or track_running_stats=False"
        ],
    ),
    "no rule": (
        lambda: nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.Bilinear(2, 2, 2)), nn.PReLU()),
        [
            "0.1 (Bilinear): has no rule for its weight, bias; "
            "use layers that have one, or freeze it",
            "1 (PReLU): has no rule for its weight; use layers that have one, or freeze it",
        ],
    ),
    "of its own": (
        OfItsOwn,
        [
            "the model (OfItsOwn): has no rule for its scale; "
            "use layers that have one, or freeze it",
            "layer (Doubled): has no rule for its weight, bias; "
            "use layers that have one, or freeze it",
        ],
    ),
    "computed": (
        lambda: nn.Sequential(
            parametrized.weight_norm(nn.Linear(2, 2)),
            parametrized.spectral_norm(nn.Conv1d(2, 2, 1)),
            spectral_norm(nn.Linear(2, 2)),
        ),
        [
            "0 (ParametrizedLinear): computes its weights from others; use them as they are",
            "1 (ParametrizedConv1d): computes its weights from others; use them as they are",
            "2 (Linear): computes its weights from others; use them as they are",
        ],
    ),
    "tied": (
        Tied,
        [
            "scores.weight (Linear): is also words.weight; "
            "give each layer weights of its own, or call one layer twice"
        ],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_each_layer_and_what_would_be_right(name: str) -> None:
    build, problems = REFUSED[name]
    with pytest.raises(UnsupportedLayerError) as refused:
        GradientEngine(build(), squares)
    assert list(refused.value.problems) == problems
    assert str(refused.value).startswith("the model cannot be trained privately by the sample:\n")


class Centred(nn.Module):
    """Subtracts the batch's mean: cut off the graph, or before the first layer."""

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        self.layer, self.first = nn.Linear(3, 2), first

    def forward(self, x: Tensor) -> Tensor:
        if self.first:
            return cast("Tensor", self.layer(x - x.mean(0)))
        hidden: Tensor = self.layer(x)
        return hidden - hidden.detach().mean(0)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("samples", [2, 5])
def test_what_uses_the_values_of_other_samples_is_refused(first: bool, samples: int) -> None:
    """No gradient shows it, and yet a sample moves what others add to the sum."""
    torch.manual_seed(1)
    engine = GradientEngine(Centred(first=first), squares)
    with pytest.raises(UnsupportedLayerError, match="depends on what else is in its batch"):
        engine.clipped(torch.randn(samples, 3), torch.randn(samples), 1.0)


class Moved(nn.Module):
    """To each sample's hidden numbers, another one's are added."""

    def __init__(self, move: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.layer, self.move = nn.Linear(3, 2), move

    def forward(self, x: Tensor) -> Tensor:
        hidden: Tensor = self.layer(x)
        return hidden + self.move(hidden)


@given(samples=st.integers(2, 40), distance=st.integers(0, 39))
def test_what_mixes_samples_at_any_distance_is_refused(samples: int, distance: int) -> None:
    """Distance 0: the last with the first, and so on."""
    assume(distance < samples)
    torch.manual_seed(1)
    move = partial(torch.roll, shifts=distance, dims=0) if distance else torch.flipud
    engine = GradientEngine(Moved(move), squares)
    with pytest.raises(UnsupportedLayerError, match="reaches another sample's loss"):
        engine.clipped(torch.randn(samples, 3), torch.randn(samples), 1.0)


def test_what_is_frozen_needs_no_rule() -> None:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(3, 4), nn.PReLU(), nn.Linear(4, 2))
    model[1].requires_grad_(False)
    check(model, torch.randn(5, 3), torch.randn(5))
    with pytest.raises(UnsupportedLayerError, match="no trainable parameters"):
        GradientEngine(model.requires_grad_(False), squares)


class Step(nn.Module):
    """One linear layer, and something done around it."""

    def __init__(self, around: Callable[[nn.Linear, Tensor], Tensor]) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.around = around

    def forward(self, x: Tensor) -> Tensor:
        return self.around(self.layer, x)


def changed_in_place(layer: nn.Linear, x: Tensor) -> Tensor:
    h: Tensor = torch.tanh(x)
    out: Tensor = layer(h)
    h += 1
    return out + h


MIXES = "layer layer: what it makes of one sample reaches another sample's loss; keep samples apart"
WRONG: dict[str, tuple[Callable[[nn.Linear, Tensor], Tensor], str]] = {
    "a mean over the batch": (lambda layer, x: layer(x) - layer(x).mean(0), MIXES),
    "samples turned": (lambda layer, x: layer(x).flip(0), MIXES),
    "samples folded": (
        lambda layer, x: layer(x.view(12, 2).repeat(1, 2)).view(6, 8),
        r"layer layer: its output has shape \[12, 4\], but dimension 0 should be the 6 samples",
    ),
    "a weight used beside": (
        lambda layer, x: layer(x) + layer.weight.sum(),
        "layer.weight: used outside of the layer that owns it; call the layer",
    ),
    "a weight used alone": (lambda layer, x: x @ layer.weight, "layer.weight: used outside"),
    "an input changed in place": (
        changed_in_place,
        "layer layer: what it was given was changed in place before the backward pass",
    ),
    "no layer at all": (lambda layer, x: x, "the loss does not depend on the model's layers"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_a_forward_pass_does_wrong_is_named(name: str) -> None:
    around, message = WRONG[name]
    engine = GradientEngine(Step(around), squares)
    with pytest.raises(ModelError, match=message):
        engine.clipped(torch.randn(6, 4), torch.randn(6), 1.0)
