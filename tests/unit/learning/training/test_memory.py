"""Batches larger than memory: the same steps and measures from smaller parts, and a warning."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from tests.unit.learning.examples import MLP, SCHEMA, digits, training
from tests.unit.learning.training.members import Nameless, privacy
from weftwork.errors import EnvironmentFaultError
from weftwork.learning.arena import Arena
from weftwork.learning.data import Dataset, Objective
from weftwork.learning.models import build
from weftwork.learning.strategies import Client
from weftwork.learning.training import evaluate, train
from weftwork.learning.training.batches import Samples
from weftwork.learning.training.gradients import PlainGradients
from weftwork.learning.training.losses import TaskLoss


class Narrow(nn.Module):
    """A perceptron for whose forward pass more than `fits` samples are too many."""

    def __init__(self, fits: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            self.inner = build(MLP)
        self.fits = fits
        self.seen: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (n, classes)."""
        self.seen.append(len(x))
        if len(x) > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
        outputs: Tensor = self.inner(x)
        return outputs


WIDE = 10**6


def some(samples: int) -> Dataset:
    data = digits()
    return Dataset(data.x[:samples], data.y[:samples])


def test_the_steps_are_those_of_whole_batches(caplog: pytest.LogCaptureFixture) -> None:
    parameters, data = training(batch_size=50), some(120)
    whole, parted = Narrow(WIDE), Narrow(20)
    wanted = train(whole, parameters, data, seed=1)
    assert whole.seen == [50, 50, 20] * 2
    assert not caplog.records
    result = train(parted, parameters, data, seed=1)
    torch.testing.assert_close(result.arena.vector, wanted.arena.vector, rtol=1e-5, atol=1e-6)
    assert result.loss_micro == pytest.approx(wanted.loss_micro, rel=1e-5)
    assert result.steps == wanted.steps
    batch = [13, 13, 13, 11]
    assert parted.seen == [50, 25, *batch, *batch, 13, 7, *batch, *batch, 13, 7]
    assert [one.getMessage() for one in caplog.records] == [
        "out of memory with 50 samples at once; going on with 25, and the same result",
        "out of memory with 25 samples at once; going on with 13, and the same result",
    ]


@pytest.mark.parametrize("private", [False, True], ids=["plain", "private"])
def test_an_owner_says_how_many_samples_are_worked_on_at_once(
    private: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Under the same noise, the steps are those of whole batches; the global model's opinion too.

    Nothing has to fail before that: a process that takes too much is killed on many machines.
    """
    parameters, data = training(batch_size=64, momentum="0", strategy="fedntd"), some(120)
    whole, parted = Narrow(WIDE), Narrow(20)
    wanted, result = (
        train(
            network,
            parameters,
            data,
            seed=1,
            schema=SCHEMA,
            privacy=privacy(120) if private else None,
            execution=execution,
        )
        for network, execution in ((whole, Nameless()), (parted, Nameless(physical_batch=20)))
    )
    torch.testing.assert_close(result.arena.vector, wanted.arena.vector, rtol=1e-4, atol=1e-5)
    assert max(whole.seen) > max(parted.seen) == 20
    assert not caplog.records


def test_a_batch_that_fits_has_the_very_bits_of_autograd() -> None:
    data, network = some(30), Narrow(WIDE)
    samples = Samples(data, Objective.CLASSIFICATION, torch.device("cpu"))
    loss = TaskLoss(Objective.CLASSIFICATION, Client(), None)
    torch.manual_seed(2)
    rows = torch.randperm(30)
    mean = cross_entropy(network(torch.from_numpy(data.x)[rows]), torch.from_numpy(data.y)[rows])
    own = torch.autograd.grad(mean, list(network.parameters()))
    torch.manual_seed(2)
    (gradient,) = PlainGradients(network, Arena(network), loss, samples, 30).epoch(0)
    assert torch.equal(gradient, torch.cat([one.reshape(-1) for one in own]))


def test_a_model_is_worth_the_same_in_parts() -> None:
    data = digits("test")
    whole, parted = Narrow(WIDE), Narrow(100)
    wanted, result = evaluate(whole, data), evaluate(parted, data)
    assert len(parted.seen) > len(whole.seen)
    assert (result.samples, result.accuracy_ppm) == (wanted.samples, wanted.accuracy_ppm)
    assert result.loss_micro == pytest.approx(wanted.loss_micro, abs=2)
    parted.seen.clear()
    assert evaluate(parted, data, physical_batch=40).accuracy_ppm == wanted.accuracy_ppm
    assert max(parted.seen) == 40


def test_the_global_models_opinion_is_the_same_in_parts() -> None:
    data = some(30)
    x, y = torch.from_numpy(data.x), torch.from_numpy(data.y)
    parted = TaskLoss(Objective.CLASSIFICATION, Client(), Narrow(7)).wanted(x, y)
    whole = TaskLoss(Objective.CLASSIFICATION, Client(), Narrow(WIDE)).wanted(x, y)
    torch.testing.assert_close(parted, whole)


def test_one_sample_larger_than_memory_is_this_machines_fault() -> None:
    with pytest.raises(EnvironmentFaultError, match="not enough memory for one sample; use"):
        train(Narrow(0), training(), some(9), seed=1, schema=SCHEMA)
    with pytest.raises(EnvironmentFaultError, match="not enough memory for one sample; use"):
        evaluate(Narrow(0), some(9))
