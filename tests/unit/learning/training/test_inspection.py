"""Whether a model can be trained privately is known before anything is spent on it."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from tests.unit.learning.examples import MLP, SCHEMA, training
from tests.unit.learning.models.examples import SMALL, schema_for, small
from weftwork.learning.errors import UnsupportedLayerError
from weftwork.learning.models import ModelDefinition, ModelParameters, ModelSpec, registry
from weftwork.learning.training.inspection import require_private
from weftwork.learning.updates import layout_of

OWN = ModelSpec(name="own", version=1)


def installed(monkeypatch: pytest.MonkeyPatch, build: Callable[[object], nn.Module]) -> None:
    """A package's model, in the place of all others."""
    own = ModelDefinition("own", 1, ModelParameters, build)
    monkeypatch.setattr(registry, "definitions", lambda: {("own", 1): own})


@pytest.mark.parametrize("name", SMALL)
def test_each_built_in_model_can_be_private(name: str) -> None:
    before = torch.random.get_rng_state()
    for mode in ("ddp-sgd", "client-level"):
        require_private(small(name), schema_for(name, SMALL[name]), mode)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_what_the_fallback_cannot_do_either_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sequence(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.bend = nn.GRU(8, 10, batch_first=True), nn.PReLU()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            outputs: torch.Tensor = self.bend(self.gru(x.view(-1, 8, 8))[0])
            return outputs[:, -1]

    installed(monkeypatch, lambda _: Sequence())
    with pytest.raises(UnsupportedLayerError, match=r"bend \(PReLU\): has no rule"):
        require_private(OWN, SCHEMA, "ddp-sgd")
    with pytest.raises(UnsupportedLayerError, match="cannot be trained privately: output with"):
        require_private(OWN, SCHEMA, "ddp-sgd", fallback=True)


def test_a_network_whose_making_reads_numbers_is_as_good_as_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As stochastic depth does; torch's meta device has no numbers."""

    def build(_: object) -> nn.Module:
        rates = [one.item() for one in torch.linspace(0, 0.1, 2)]
        return nn.Sequential(nn.Linear(64, 10), *map(nn.Dropout, rates))

    installed(monkeypatch, build)
    require_private(OWN, SCHEMA, "ddp-sgd")
    layout = layout_of(OWN, training().composition)
    assert layout.trainable == {"0.weight", "0.bias"}


def test_nothing_is_asked_of_a_model_without_privacy() -> None:
    require_private(MLP, SCHEMA, "none")
    require_private(ModelSpec(name="nobody-has-this", version=1), SCHEMA, "none")
