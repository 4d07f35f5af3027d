"""How many weights a model has: those of its paper, and those that it counts without building."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.learning.models.examples import RANDOM, SMALL, schema_for, spec
from weftwork.learning.models import definitions, problems, rehearsal

LITERATURE = {
    "cnn": 105_866,
    "cifar-cnn": 122_570,  # EasyFL's simple_cnn
    "vgg9": 3_491_530,  # FedMA
    "resnet8": 78_042,
    "resnet18": 11_173_962,  # as with BatchNorm, whose scales and shifts are as many
    "femnist-lenet": 6_603_710,  # LEAF
    "shakespeare-lstm": 817_872 + 2_048,  # LEAF, and torch's second biases
}
CHOSEN = {
    "mlp": ({"inputs": 784, "hidden": [200, 200], "classes": 10}, 199_210),  # McMahan et al.'s 2NN
    "sensor-cnn": ({"channels": 6, "outputs": 4}, 11_556),
    "sensor-gru": ({"channels": 6, "outputs": 4}, 14_084),
    "autoencoder": ({"shape": [6, 20]}, 16_640),
    "tabular-mlp": ({"inputs": 12, "outputs": 3}, 9_731),
}


@pytest.mark.parametrize("name", LITERATURE)
def test_the_weights_at_the_defaults_are_the_papers(name: str) -> None:
    assert definitions()[name, 1].parameters().weights() == LITERATURE[name]


@pytest.mark.parametrize("name", CHOSEN)
def test_the_weights_at_some_parameters(name: str) -> None:
    parameters, expected = CHOSEN[name]
    assert definitions()[name, 1].parameters.model_validate(parameters).weights() == expected


@settings(max_examples=10)
@given(st.data())
@pytest.mark.parametrize("name", sorted(SMALL))
def test_weights_are_counted_as_they_are_built(name: str, data: st.DataObject) -> None:
    definition = definitions()[name, 1]
    drawn = data.draw(RANDOM[name])
    parameters = definition.parameters.model_validate(drawn)
    network = rehearsal.built(definition.build, parameters)
    assert rehearsal.numbers(network) == parameters.weights()
    schema = schema_for(name, drawn)
    assert problems(spec(name, **drawn), schema) == []
    rehearsal.check(network, schema)
