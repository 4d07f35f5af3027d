"""Whether a model can be trained as a task asks is known before anything is spent on it."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from tests.unit.learning.examples import SCHEMA, digits, training
from tests.unit.learning.models.examples import SMALL, schema_for, small
from weftwork.errors import EnvironmentFaultError
from weftwork.learning.errors import ModelError, UnsupportedLayerError
from weftwork.learning.models import ModelDefinition, ModelParameters, ModelSpec, registry
from weftwork.learning.privacy.parameters import Mode
from weftwork.learning.training import train
from weftwork.learning.training.inspection import require_trainable
from weftwork.learning.updates import layout_of

MODES: tuple[Mode, ...] = ("none", "ddp-sgd", "client-level", "ddp-sgd-paper")
OWN = ModelSpec(name="own", version=1)


def installed(monkeypatch: pytest.MonkeyPatch, build: Callable[[object], nn.Module]) -> None:
    """A package's model, in the place of all others."""
    own = ModelDefinition("own", 1, ModelParameters, build)
    monkeypatch.setattr(registry, "definitions", lambda: {("own", 1): own})


@pytest.mark.parametrize("name", SMALL)
def test_each_built_in_model_can_be_trained_in_every_mode(name: str) -> None:
    before = torch.random.get_rng_state()
    for mode in MODES:
        require_trainable(small(name), schema_for(name, SMALL[name]), mode, single=True)
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
        require_trainable(OWN, SCHEMA, "ddp-sgd")
    with pytest.raises(UnsupportedLayerError, match="cannot be trained privately: output with"):
        require_trainable(OWN, SCHEMA, "ddp-sgd", fallback=True)


def test_a_network_whose_making_reads_numbers_is_as_good_as_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As stochastic depth does; torch's meta device has no numbers."""

    def build(_: object) -> nn.Module:
        rates = [one.item() for one in torch.linspace(0, 0.1, 2)]
        return nn.Sequential(nn.Linear(64, 10), *map(nn.Dropout, rates))

    installed(monkeypatch, build)
    require_trainable(OWN, SCHEMA, "ddp-sgd")
    layout = layout_of(OWN, training().composition)
    assert layout.trainable == {"0.weight", "0.bias"}


class Unpool(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled, places = nn.functional.max_pool1d_with_indices(x[:, None], [2])
        return nn.functional.max_unpool1d(pooled, places, [2]).flatten(1)


class Spare(nn.Linear):
    """With a parameter that no loss reaches."""

    def __init__(self) -> None:
        super().__init__(64, 10)
        self.spare = nn.Parameter(torch.ones(3))


class Constant(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :10]


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (
            lambda _: nn.Sequential(Unpool(), nn.Linear(64, 10)),
            r"layer 0 \(Unpool\): max_unpool.* a deterministic implementation; use an",
        ),
        (lambda _: nn.Linear(63, 10), "cannot be trained: mat1 and mat2"),
        (lambda _: nn.Linear(64, 9), r"gives shape \[4, 9\] for 4 samples; .* \[4, 10\] is needed"),
        (lambda _: Constant(64, 10), "depend on no parameter that could be trained"),
        (lambda _: nn.AdaptiveAvgPool1d(10), "depend on no parameter that could be trained"),
        (lambda _: [][0], "the network cannot be built: IndexError"),
    ],
)
def test_a_model_that_would_fail_in_every_round_says_why_before(
    monkeypatch: pytest.MonkeyPatch, build: Callable[[object], nn.Module], problem: str
) -> None:
    installed(monkeypatch, build)
    with pytest.raises(ModelError, match=f"^model own v1.*{problem}"):
        require_trainable(OWN, SCHEMA, "none")


@pytest.mark.parametrize("mode", ["none", "client-level"])
def test_a_batch_of_one_sample_is_tried_where_one_will_come(
    monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    def build(_: object) -> nn.Module:
        return nn.Sequential(nn.Linear(64, 10), nn.BatchNorm1d(10, track_running_stats=False))

    installed(monkeypatch, build)
    require_trainable(OWN, SCHEMA, mode)
    with pytest.raises(ModelError) as caught:
        require_trainable(OWN, SCHEMA, mode, single=True)
    assert "layer 1 (BatchNorm1d): Expected more than 1 value per channel" in str(caught.value)
    assert str(caught.value).endswith(
        "; use another batch_size, or layers that keep samples apart (GroupNorm)"
    )


def test_a_parameter_that_no_loss_reaches_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, lambda _: Spare())
    require_trainable(OWN, SCHEMA, "none")
    model = Spare()
    train(model, training(strategy=["fedprox"]), digits(classes=(0, 1)), seed=1)
    assert model.spare.tolist() == [1, 1, 1]


def test_too_little_memory_is_no_fault_of_the_models(monkeypatch: pytest.MonkeyPatch) -> None:
    class Vast(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise torch.OutOfMemoryError

    installed(monkeypatch, lambda _: nn.Sequential(nn.Linear(64, 10), Vast()))
    for mode in MODES[:2]:
        with pytest.raises(EnvironmentFaultError, match="memory"):
            require_trainable(OWN, SCHEMA, mode)
