"""The networks: from samples of the schema's shape to one logit a class."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from weftwork.learning.models import ModelSpec, build
from weftwork.learning.training import deterministic


def weights(network: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


@settings(max_examples=20)
@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=3),
    st.lists(st.integers(1, 9), max_size=3),
    st.integers(2, 5),
)
def test_mlp(shape: list[int], hidden: list[int], classes: int) -> None:
    inputs = torch.Size(shape).numel()
    parameters = {"inputs": inputs, "hidden": hidden, "classes": classes}
    network = build(ModelSpec(name="mlp", version=1, parameters=parameters))
    assert network(torch.zeros(7, *shape)).shape == (7, classes)
    widths = [inputs, *hidden, classes]
    assert weights(network) == sum((a + 1) * b for a, b in pairwise(widths))


def test_the_mlp_of_the_digits_names_its_layers() -> None:
    network = build(ModelSpec(name="mlp", version=1, parameters={"inputs": 64, "classes": 10}))
    shapes = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
    assert shapes == {
        "hidden1.weight": [64, 64],
        "hidden1.bias": [64],
        "output.weight": [10, 64],
        "output.bias": [10],
    }


@settings(max_examples=20)
@given(st.integers(1, 3), st.integers(4, 33), st.integers(4, 33), st.integers(2, 5))
def test_cnn(channels: int, height: int, width: int, classes: int) -> None:
    parameters = {"channels": channels, "height": height, "width": width, "classes": classes}
    network = build(ModelSpec(name="cnn", version=1, parameters=parameters))
    assert network(torch.zeros(2, channels, height, width)).shape == (2, classes)


def test_the_size_of_the_default_cnn() -> None:
    assert weights(build(ModelSpec(name="cnn", version=1))) == 105_866


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_samples_in_a_batch_do_not_see_each_other(name: str) -> None:
    parameters = {"inputs": 784, "classes": 10} if name == "mlp" else {}
    with deterministic(1):
        network = build(ModelSpec(name=name, version=1, parameters=parameters))
        x = torch.rand(4, 1, 28, 28)
        together, alone = network(x), torch.cat([network(sample[None]) for sample in x])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)
