"""All private methods take the same step, but for their noise and for rounding."""

import pytest
import torch
from torch import Tensor

from benchmarks.dp import steps
from benchmarks.dp.tasks import TASKS

PRIVATE = [name for name in steps.METHODS if name != "plain"]


def trained(method: str, *, size: int = 6) -> Tensor:
    task = TASKS["mnist-cnn"]
    training = steps.METHODS[method](task, *task.batch(size))
    for _ in range(2):
        training.step()
    return torch.cat([one.detach().flatten() for one in training.weights])


@pytest.fixture
def without_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "NOISE", 0.0)


@pytest.mark.usefixtures("without_noise")
@pytest.mark.filterwarnings("ignore")  # Opacus's, of torch's deprecated hooks
@pytest.mark.parametrize("method", [name for name in PRIVATE if name != "ours"])
def test_the_others_take_our_step(method: str) -> None:
    start = torch.cat([one.detach().flatten() for one in TASKS["mnist-cnn"].network().parameters()])
    ours = trained("ours")
    torch.testing.assert_close(trained(method), ours, rtol=0, atol=1e-6)
    assert (ours - start).abs().max() > 1e-4


@pytest.mark.usefixtures("without_noise")
def test_a_threshold_that_clips_nothing_gives_plain_sgd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "THRESHOLD", 1e9)
    torch.testing.assert_close(trained("ours"), trained("plain"), rtol=0, atol=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", PRIVATE)
def test_there_is_noise(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    noisy = trained(method)
    monkeypatch.setattr(steps, "NOISE", 0.0)
    # Two steps of N(0, 1) * 0.01 / 6 for each weight.
    assert (noisy - trained(method)).std() == pytest.approx(2**0.5 * 0.01 / 6, rel=0.05)
