"""The networks: what every one of them promises, so that it can be trained under clipping."""

import math
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn

from tests.unit.learning.models.examples import SMALL, samples, schema_for, small, spec, wanted
from weftwork.learning.models import build, definitions
from weftwork.learning.objective import LOSSES
from weftwork.learning.weights import initialise

# For these the engine has a rule for the gradient of one sample.
WITH_A_RULE = (
    nn.Linear,
    nn.Conv1d,
    nn.Conv2d,
    nn.Embedding,
    nn.LSTM,
    nn.GRU,
    nn.GroupNorm,
    nn.LayerNorm,
)

# The first two outputs for the first sample, all weights being sines: see `of_sines`.
COMPUTED = {
    "autoencoder": [3.073272, 1.820843],
    "cifar-cnn": [5.804034, 3.398025],
    "cnn": [5.932727, 3.313359],
    "femnist-lenet": [3.811073, -1.055343],
    "mlp": [2.607541, 2.453234],
    "resnet18": [39.28482, -36.54127],
    "resnet8": [11.00247, 5.873166],
    "sensor-cnn": [4.42342, 1.904122],
    "sensor-gru": [2.412125, 2.564411],
    "shakespeare-lstm": [0.1335709, 1.753224],
    "tabular-mlp": [6.274543, 1.027441],
    "vgg9": [14.77833, -12.13379],
}

every_model = pytest.mark.parametrize("name", sorted(SMALL))


@pytest.fixture(autouse=True)
def deterministic() -> Iterator[None]:
    """A kernel that is not deterministic raises."""
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(1)
    yield
    torch.use_deterministic_algorithms(False)


def of_sines(network: nn.Module) -> nn.Module:
    """With weights in float64, the same everywhere and about as large as torch draws them."""
    for weight in network.parameters():
        sines = torch.arange(1, weight.numel() + 1).double().sin().reshape(weight.shape)
        weight.data = sines * 1.5 / math.sqrt(weight[0].numel())
    return network


def holders(network: nn.Module) -> list[nn.Module]:
    """The layers that hold parameters of their own."""
    return [module for module in network.modules() if list(module.parameters(recurse=False))]


def test_there_is_an_example_of_every_model() -> None:
    assert sorted(SMALL) == sorted(name for name, _ in definitions())


@every_model
def test_a_sample_becomes_what_is_to_be_learnt(name: str) -> None:
    schema = schema_for(name, SMALL[name])
    assert build(small(name))(samples(schema, 4)).shape == (4, *schema.outputs)


@every_model
def test_a_published_version_computes_what_it_always_did(name: str) -> None:
    network = of_sines(build(small(name)))
    x = samples(schema_for(name, SMALL[name]), 2)
    outputs = network(x.double() if x.is_floating_point() else x).flatten(1)
    assert outputs[0, :2].tolist() == pytest.approx(COMPUTED[name], rel=1e-4)


@every_model
def test_samples_in_a_batch_do_not_see_each_other(name: str) -> None:
    network, x = build(small(name)), samples(schema_for(name, SMALL[name]), 4)
    together, alone = network(x), torch.cat([network(sample[None]) for sample in x])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


@every_model
def test_a_step_against_the_gradient_makes_the_loss_smaller(name: str) -> None:
    network, schema = build(small(name)), schema_for(name, SMALL[name])
    x = samples(schema, 4)
    y = wanted(schema, x)

    def loss() -> Tensor:
        return LOSSES[schema.objective](network(x), y).mean()

    before = loss()
    weights = list(network.parameters())
    for weight, gradient in zip(weights, torch.autograd.grad(before, weights), strict=True):
        weight.data -= 1e-4 * gradient
    assert loss() < before


@every_model
def test_every_layer_with_parameters_has_a_rule_for_one_samples_gradient(name: str) -> None:
    network = build(small(name))
    assert [layer for layer in holders(network) if not isinstance(layer, WITH_A_RULE)] == []
    assert list(network.buffers()) == []


@every_model
def test_no_layer_shares_its_weights(name: str) -> None:
    named = list(build(small(name)).named_parameters(remove_duplicate=False))
    assert len({id(weight) for _, weight in named}) == len(named)


@every_model
def test_what_a_layer_read_is_still_there_when_the_gradient_comes(name: str) -> None:
    network, read = build(small(name)), []

    def keep(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        read.append((given[0], given[0].clone()))

    for layer in holders(network):
        layer.register_forward_pre_hook(keep)
    network(samples(schema_for(name, SMALL[name]), 3))
    assert len(read) == len(holders(network))
    assert all(torch.equal(now, then) for now, then in read)


@every_model
def test_one_seed_draws_one_network(name: str) -> None:
    drawn = initialise(small(name), 7)
    assert drawn == initialise(small(name), 7)
    assert drawn != initialise(small(name), 8)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("cnn", lambda w, x: _dense(w, _pooled(w, x, "conv1", "conv2", padding=1))),
        ("femnist-lenet", lambda w, x: _dense(w, _pooled(w, x, "conv1", "conv2", padding=2))),
        (
            "cifar-cnn",
            lambda w, x: _dense(
                w,
                nn.functional.conv2d(_pooled(w, x, "conv1", "conv2", padding=0), *_of(w, "conv3")),
            ),
        ),
    ],
)
def test_a_convolutional_network_is_what_its_page_says(
    name: str, reference: Callable[[dict[str, Tensor], Tensor], Tensor]
) -> None:
    network, x = build(small(name)), samples(schema_for(name, SMALL[name]), 2)
    torch.testing.assert_close(network(x), reference(dict(network.named_parameters()), x))


def _of(weights: dict[str, Tensor], layer: str) -> tuple[Tensor, Tensor]:
    return weights[f"{layer}.weight"], weights[f"{layer}.bias"]


def _pooled(weights: dict[str, Tensor], x: Tensor, *layers: str, padding: int) -> Tensor:
    """Each convolution, ReLU, and the greatest of each 2 x 2."""
    for layer in layers:
        x = nn.functional.conv2d(x, *_of(weights, layer), padding=padding).clamp(min=0)
        x = x.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(-1, -2))
    return x


def _dense(weights: dict[str, Tensor], x: Tensor) -> Tensor:
    """The hidden layer, ReLU, the output."""
    (hidden, bias), (output, last) = _of(weights, "hidden"), _of(weights, "output")
    return (x.flatten(1) @ hidden.T + bias).clamp(min=0) @ output.T + last


def test_a_recurrent_network_reads_to_the_last_step() -> None:
    """A change of the first step reaches the outputs, and so does one of the last."""
    network = build(small("sensor-gru"))
    x = samples(schema_for("sensor-gru", SMALL["sensor-gru"]), 1)
    for step in (0, -1):
        changed = x.clone()
        changed[:, :, step] += 1
        assert not torch.allclose(network(changed), network(x), atol=1e-6)


def test_without_residuals_a_layer_of_a_table_passes_nothing_on() -> None:
    """With a layer's weights at zero, only the shortcut is left."""
    x = samples(schema_for("tabular-mlp", SMALL["tabular-mlp"]), 2)
    for residual in (True, False):
        network = build(spec("tabular-mlp", **SMALL["tabular-mlp"], residual=residual))
        for name, weight in network.named_parameters():
            if ".dense." in name:
                weight.data.zero_()
        assert torch.equal(*network(x)) is not residual


def test_the_mlp_of_the_digits_names_its_layers() -> None:
    network = build(spec("mlp", inputs=64, classes=10))
    shapes = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
    assert shapes == {
        "hidden1.weight": [64, 64],
        "hidden1.bias": [64],
        "output.weight": [10, 64],
        "output.bias": [10],
    }
