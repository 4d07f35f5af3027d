"""A model of one's own: ten lines, checked before a task is published or joined."""

from collections.abc import Callable
from typing import Any, cast

import pytest
import torch
from pydantic import BaseModel, field_validator
from torch import Tensor, nn

from weftwork.learning.data import Features, Labels, Schema
from weftwork.learning.errors import ModelError
from weftwork.learning.models import ModelDefinition, ModelParameters
from weftwork.learning.models.definition import MAX_BYTES

PUMPS = Schema(features=Features(shape=(3,)), labels=Labels(classes=2))
TEXT = Schema(features=Features(shape=(7,), dtype="int64", vocabulary=5), labels=Labels(classes=2))

Build = Callable[[Any], Any]


class PumpParameters(ModelParameters):
    sensors: int
    classes: int = 2


def linear(parameters: PumpParameters) -> nn.Module:
    return nn.Linear(parameters.sensors, parameters.classes)


class TextParameters(ModelParameters):
    vocabulary: int = 5


class LastOf(nn.Module):
    def forward(self, given: tuple[Tensor, Tensor]) -> Tensor:
        return given[0][:, -1]


def reader(parameters: TextParameters) -> nn.Module:
    return nn.Sequential(
        nn.Embedding(parameters.vocabulary, 4), nn.LSTM(4, 2, batch_first=True), LastOf()
    )


def pump_net(build: Build) -> ModelDefinition:
    return ModelDefinition("pump-net", 1, PumpParameters, build)


def test_a_model_without_further_code_fits_its_data() -> None:
    parameters = PumpParameters(sensors=3)
    assert parameters.misfits(PUMPS) == []
    assert pump_net(linear).obstacle(parameters, PUMPS) == ""
    text = ModelDefinition("reader", 1, TextParameters, reader)
    assert text.obstacle(TextParameters(), TEXT) == ""


def test_classes_are_compared_by_their_name() -> None:
    parameters = PumpParameters(sensors=3, classes=4)
    assert parameters.misfits(PUMPS) == ["classes: 4, but the schema has 2"]
    assert pump_net(linear).obstacle(parameters, PUMPS) == ""  # it is said already


def test_tokens_need_a_vocabulary() -> None:
    assert TextParameters().misfits(TEXT) == []
    (misfit,) = PumpParameters(sensors=7).misfits(TEXT)
    assert misfit.startswith("vocabulary: the model has none")


def test_samples_that_do_not_go_through_are_a_problem() -> None:
    found = pump_net(linear).obstacle(PumpParameters(sensors=4), PUMPS)
    assert found.startswith("samples of shape [3] do not go through the network: ")


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (lambda p: nn.Linear(3, 5), "the network gives shape [2, 5] for 2 samples; for this "),
        (lambda p: nn.Sequential(nn.Linear(3, 2), nn.Flatten(0)), "the network gives shape [4]"),
        (lambda p: nn.LSTM(3, 2), "the network gives a tuple; a tensor is needed"),
        (lambda p: nn.Linear(3, 2).double(), "the network's weight is float64; float32 is needed"),
        (lambda p: p.pumps, "the network cannot be built: "),
        (lambda p: None, "build gives a NoneType, where a torch Module is needed"),
    ],
)
def test_a_network_that_cannot_be_trained_on_the_data_says_why(build: Build, problem: str) -> None:
    assert pump_net(build).obstacle(PumpParameters(sensors=3), PUMPS).startswith(problem)


def test_a_network_too_large_to_travel_is_not_built_to_find_out() -> None:
    found = pump_net(linear).obstacle(PumpParameters(sensors=10**10))
    size = "20,000,000,002 weights are 80,000,000,008 bytes"
    assert found == f"{size}; a model has at most {MAX_BYTES:,}"


def test_a_model_that_counts_for_itself_is_not_built() -> None:
    class Counted(PumpParameters):
        def weights(self) -> int:
            return 8

    def build(_: Counted) -> nn.Module:
        raise AssertionError

    assert ModelDefinition("pump-net", 1, Counted, build).obstacle(Counted(sensors=3), PUMPS) == ""


def test_a_rehearsal_draws_no_random_numbers() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    pump_net(linear).obstacle(PumpParameters(sensors=3), PUMPS)
    assert torch.equal(torch.rand(3), expected)


class Careless(ModelParameters):
    """Of a package whose functions were never tried."""

    sensors: int = 3

    @field_validator("sensors")
    @classmethod
    def _named(cls, sensors: int) -> int:
        return [3, 4, 5][sensors - 3]

    def misfits(self, schema: Schema) -> list[str]:
        return [f"sensors: {schema.features.shape[self.sensors]}"]

    def weights(self) -> int:
        return [8][self.sensors - 3]


def careless(_: Careless) -> nn.Module:
    raise KeyError("pumps")


CARELESS = ModelDefinition("careless", 1, Careless, careless)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: CARELESS.validated({"sensors": 9}), "validation of the parameters fails: IndexEr"),
        (lambda: CARELESS.misfits(Careless(), PUMPS), "misfits fails: IndexError: tuple index out"),
        (lambda: CARELESS.obstacle(Careless(sensors=4)), "weights fails: IndexError: list index"),
        (lambda: CARELESS.network(Careless()), "network cannot be built: KeyError: 'pumps'"),
    ],
)
def test_an_error_in_the_models_own_code_names_model_and_function(
    call: Callable[[], object], problem: str
) -> None:
    with pytest.raises(ModelError) as caught:
        call()
    message = str(caught.value)
    assert message.startswith("model careless v1: ")
    assert problem in message


@pytest.mark.parametrize("given", [None, "sensors: 3", [3]])
def test_misfits_are_a_list_of_texts(given: Any) -> None:
    class Odd(ModelParameters):
        def misfits(self, schema: Schema) -> list[str]:
            return cast("list[str]", given)

    with pytest.raises(ModelError, match="its misfits gives"):
        ModelDefinition("odd", 1, Odd, linear).misfits(Odd(), PUMPS)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("Pump Net", 1, PumpParameters, linear), "model 'Pump Net': its name must be at most 63"),
        (("pump-net", 0, PumpParameters, linear), "model pump-net: version 0 must be 1 to 1,000,0"),
        (("pump-net", "1", PumpParameters, linear), "model pump-net: version '1' must be"),
        (("pump-net", 1, BaseModel, linear), "parameters must be a class of ModelParameters"),
        (
            ("pump-net", 1, PumpParameters(sensors=3), linear),
            "parameters must be a class of ModelParameters",
        ),
        (("pump-net", 1, PumpParameters, "linear"), "build must be a function of the parameters"),
    ],
)
def test_what_is_no_definition_is_refused_where_it_is_written(arguments: Any, problem: str) -> None:
    with pytest.raises(ModelError) as caught:
        ModelDefinition(*arguments)
    assert problem in str(caught.value)
