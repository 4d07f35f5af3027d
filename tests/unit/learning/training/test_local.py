"""Local training against torch's own optimiser, its determinism, and its measures."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.unit.learning.examples import FACTORIES, MLP, digits, training
from weftwork.learning.data import Dataset
from weftwork.learning.errors import DivergedError
from weftwork.learning.models import ModelSpec, build
from weftwork.learning.training import deterministic, evaluate, reseed, train
from weftwork.learning.weights import to_bytes

CNN = ModelSpec(name="cnn", version=1, parameters={"height": 8, "width": 8})


def model(spec: ModelSpec = MLP) -> torch.nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return build(spec)


def images(dataset: Dataset) -> Dataset:
    return Dataset(dataset.x.reshape(-1, 1, 8, 8), dataset.y)


@pytest.mark.parametrize("momentum", ["0", "0.8"])
def test_the_steps_are_those_of_torchs_sgd(momentum: str) -> None:
    """Over several epochs, with batches that do not divide the samples."""
    data, parameters = digits(), training(momentum=momentum, batch_size=100, local_epochs=3)
    ours, theirs = model(), model()
    metrics = train(ours, parameters, data, seed=4)
    reference = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=float(momentum))
    losses: list[float] = []
    with deterministic(4):
        for epoch in range(3):
            reseed(4, epoch)
            losses.clear()
            for rows in torch.split(torch.randperm(len(data)), 100):
                reference.zero_grad()
                x, y = torch.from_numpy(data.x)[rows], torch.from_numpy(data.y)[rows]
                loss = cross_entropy(theirs(x), y)
                loss.backward()  # type: ignore[no-untyped-call] # torch has no type for it
                reference.step()
                losses.append(float(loss.detach()) * len(rows))
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
    assert metrics.loss_micro == pytest.approx(sum(losses) / len(data) * 1e6, rel=1e-4)


@pytest.mark.parametrize("spec", [MLP, CNN], ids=lambda spec: spec.name)
def test_one_seed_gives_the_same_bits_and_another_does_not(spec: ModelSpec) -> None:
    data = digits(classes=(0, 1))
    data = images(data) if spec is CNN else data

    def trained(seed: int) -> bytes:
        torch.rand(seed)  # whatever the global generator has done before
        network = model(spec)
        train(network, training(), data, seed=seed)
        return to_bytes(network)

    assert trained(5) == trained(5)
    assert trained(5) != trained(6)


def test_training_leaves_the_callers_generator_and_settings_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    train(model(), training(), digits(classes=(0,)), seed=9)
    assert torch.equal(torch.rand(4), expected)
    assert not torch.are_deterministic_algorithms_enabled()


def test_metrics_count_samples_and_steps_and_each_epoch_is_told() -> None:
    epochs: list[tuple[int, int]] = []
    data = digits(classes=(0, 1, 2))
    metrics = train(
        model(),
        training(local_epochs=3, batch_size=50),
        data,
        seed=1,
        on_epoch=lambda done, total: epochs.append((done, total)),
    )
    assert metrics.samples == len(data)
    assert metrics.steps == 3 * math.ceil(len(data) / 50)
    assert epochs == [(1, 3), (2, 3), (3, 3)]


def test_the_loss_is_the_mean_over_the_samples_of_the_last_epoch() -> None:
    """With a rate too small to change a weight it is the loss of the untrained model."""
    data = digits(classes=(0, 1))  # 7 does not divide it: the last batch is smaller
    metrics = train(model(), training(learning_rate="1e-30", batch_size=7), data, seed=1)
    assert metrics.loss_micro == pytest.approx(evaluate(model(), data).loss_micro, abs=2)


@pytest.mark.parametrize(("samples", "batch_size"), [(1, 5), (3, 100)])
def test_fewer_samples_than_a_batch_are_one_step_an_epoch(samples: int, batch_size: int) -> None:
    data = digits()
    few = Dataset(data.x[:samples], data.y[:samples])
    metrics = train(model(), training(batch_size=batch_size), few, seed=1)
    assert (metrics.samples, metrics.steps) == (samples, 2)


@pytest.mark.parametrize("samples", [5, 100], ids=["in the last step", "before"])
def test_training_that_leaves_the_finite_numbers_says_what_to_do(samples: int) -> None:
    data = digits()
    huge = Dataset(data.x[:samples] * np.float32(1e36), data.y[:samples])
    with pytest.raises(DivergedError, match=r"epoch 1: .* smaller learning_rate"):
        train(model(), training(local_epochs=1, learning_rate="1000"), huge, seed=1)


def test_evaluation_counts_the_right_answers() -> None:
    data = digits("test")  # more samples than one evaluation batch would be three of these
    thrice = Dataset(np.concatenate([data.x] * 4), np.concatenate([data.y] * 4))
    network = model()
    logits = network(torch.from_numpy(data.x)).detach()
    right = sum(int(row.argmax()) == label for row, label in zip(logits, data.y, strict=True))
    loss = float(cross_entropy(logits.double(), torch.from_numpy(data.y)))

    result = evaluate(network, thrice)

    assert len(thrice) > 1024
    assert result.samples == len(thrice)
    assert result.accuracy_ppm == right * 1_000_000 // len(data)
    assert result.loss_micro == pytest.approx(loss * 1e6, abs=2)


def test_a_loss_beyond_measure_is_minus_one() -> None:
    network = model()
    with torch.no_grad():
        for weight in network.parameters():
            weight.fill_(1e38)
    assert evaluate(network, digits("test")).loss_micro == -1


def test_a_factory_alone_knows_its_own_classes_only() -> None:
    network = model()
    train(network, training(), digits(classes=FACTORIES["factory1"]), seed=1)
    assert evaluate(network, digits("test", FACTORIES["factory1"])).accuracy_ppm > 950_000
    assert evaluate(network, digits("test", FACTORIES["factory2"])).accuracy_ppm < 50_000
