"""Private training: its determinism, its modes, and what it must not give away."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.unit.learning.examples import MLP, SCHEMA, digits, training
from weftwork.learning.arena import Arena
from weftwork.learning.data import Dataset
from weftwork.learning.errors import DivergedError, UnsupportedLayerError
from weftwork.learning.models import build
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.training import Participation, Trained, train
from weftwork.learning.training.privacy import Privacy

SECRET = bytes(range(32))
DATA = digits(classes=(0, 1))
TERMS: dict[str, Any] = {"epsilon": "8", "delta": "1e-5", "accountant": "rdp"}
FIXED: dict[str, Any] = {"threshold": {"rule": "fixed"}}


def model() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return build(MLP)


def privacy(secret: bytes = SECRET, samples: int = len(DATA), **terms: Any) -> Privacy:
    asked = PrivacyParameters.model_validate({"mode": "ddp-sgd"} | TERMS | terms)
    return Privacy(Plan.of(asked, training(batch_size=64), samples), secret)


def trained(
    protected: Privacy | None,
    *,
    network: nn.Module | None = None,
    data: Dataset = DATA,
    participation: Participation | None = None,
    **changes: Any,
) -> Trained:
    return train(
        network or model(),
        training(**{"batch_size": 64, "momentum": "0"} | changes),
        data,
        seed=1,
        schema=SCHEMA,
        participation=participation or Participation(),
        privacy=protected,
    )


def test_the_same_secret_gives_the_same_bits_and_another_does_not() -> None:
    one, again = (trained(privacy()).arena.vector for _ in range(2))
    assert torch.equal(one, again)
    assert not torch.equal(one, trained(privacy(bytes(32))).arena.vector)


def test_the_tasks_seed_decides_nothing_of_the_noise() -> None:
    one, other = (trained(privacy(), seed=seed).arena.vector for seed in (1, 2))
    assert torch.equal(one, other)


@pytest.mark.parametrize("changed", ["data", "start", "memory"], ids=lambda what: f"other {what}")
def test_no_two_inputs_are_covered_by_the_same_noise(changed: str) -> None:
    """Their difference would have no noise: here it has more than one step's."""
    network, data, participation = model(), DATA, Participation()
    match changed:
        case "data":
            data = Dataset(DATA.x[:-1], DATA.y[:-1])
        case "start":
            with torch.no_grad():
                next(network.parameters()).mul_(1.0001)
        case "memory":
            participation = Participation(memory={"dlmu.drift": torch.tensor(1.0).double()})
    protected = privacy(**FIXED)
    one = trained(protected, local_epochs=1).arena.vector
    other = trained(
        protected, local_epochs=1, network=network, data=data, participation=participation
    ).arena.vector
    plan = protected.plan
    one_step = 0.1 * plan.gradient_noise / plan.expected_batch
    assert float((one - other).std()) > one_step


def test_a_step_has_the_noise_that_the_plan_says() -> None:
    """Without a learnable signal (no gradient at all) what remains is noise alone."""
    protected = privacy(**FIXED)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 100), nn.Linear(100, 10))
    nothing = Dataset(np.zeros_like(DATA.x), DATA.y)
    with torch.no_grad():
        for one in network.parameters():
            one.zero_()
    start = Arena(copy.deepcopy(network)).vector
    end = trained(protected, network=network, data=nothing, local_epochs=1).arena.vector
    plan = protected.plan
    moved = (end - start)[:6400]  # the first layer's matrix: its inputs are zero
    expected = 0.1 * plan.gradient_noise / plan.expected_batch * plan.steps_per_epoch**0.5
    assert float(moved.std()) == pytest.approx(expected, rel=0.05)


def test_an_interrupted_training_releases_what_it_would_have_released(tmp_path: Path) -> None:
    class CrashError(Exception):
        """As a killed process."""

    def crash(done: int, _: int) -> None:
        if done == 2:
            raise CrashError

    participation = Participation(checkpoint=tmp_path / "checkpoint", identity="a")
    parameters = training(batch_size=64, momentum="0.5", local_epochs=4)
    with pytest.raises(CrashError):
        train(
            *(model(), parameters, DATA),
            seed=1,
            schema=SCHEMA,
            participation=participation,
            privacy=privacy(),
            on_epoch=crash,
        )
    resumed = trained(privacy(), participation=participation, momentum="0.5", local_epochs=4)
    whole = trained(privacy(), momentum="0.5", local_epochs=4)
    assert torch.equal(resumed.arena.vector, whole.arena.vector)
    assert resumed.report == whole.report


def test_the_threshold_is_carried_to_the_next_round() -> None:
    first = trained(privacy(threshold={"rule": "quantile", "initial": "5"}))
    carried = float(first.memory["privacy.threshold"])
    assert carried != 5
    assert first.report["privacy.threshold_micro"] == round(carried * 1e6)
    second = trained(
        privacy(threshold={"rule": "quantile", "initial": "5"}),
        participation=Participation(round=2, memory=first.memory),
        local_epochs=1,
    )
    assert abs(float(second.memory["privacy.threshold"]) - carried) < abs(carried - 5)


def test_the_papers_mode_adds_noise_in_the_last_epoch_only() -> None:
    paper = privacy(mode="ddp-sgd-paper")
    plain = trained(None, local_epochs=1).arena.vector
    noisy = trained(paper, local_epochs=2).arena.vector
    assert [paper.plan.private(epoch) for epoch in (0, 1)] == [False, True]
    assert not paper.plan.guarantee
    assert float((noisy - plain).norm()) > 0.1 * paper.plan.gradient_noise / 64


def test_client_level_clips_and_noises_the_whole_change() -> None:
    start = Arena(model()).vector.clone()
    plain = trained(None).arena.vector - start
    bound = 0.001
    protected = privacy(mode="client-level", threshold={"rule": "fixed", "initial": str(bound)})
    change = trained(protected).arena.vector - start
    assert float(plain.norm()) > 100 * bound
    expected = bound * protected.plan.gradient_noise
    assert float(change.std()) == pytest.approx(expected, rel=0.05)
    assert trained(protected).report == {}


def test_a_change_without_measure_is_not_uploaded() -> None:
    protected = privacy(mode="client-level", **FIXED)
    huge = Dataset(DATA.x * np.float32(1e36), DATA.y)
    with pytest.raises(DivergedError):
        trained(protected, data=huge, learning_rate="1000")


@pytest.mark.parametrize("mode", ["ddp-sgd", "client-level"])
def test_what_would_leave_without_noise_is_refused(mode: str) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.BatchNorm1d(10))
    terms = FIXED if mode == "client-level" else {}
    with pytest.raises(UnsupportedLayerError, match="2"):
        trained(privacy(mode=mode, **terms), network=network)


@pytest.mark.parametrize("samples", [1, 3], ids=["one sample", "fewer than a batch"])
def test_few_samples_are_defined(samples: int) -> None:
    few = Dataset(DATA.x[:samples], DATA.y[:samples])
    result = trained(privacy(samples=samples), data=few, local_epochs=1)
    assert result.steps == 1
    assert bool(result.arena.vector.isfinite().all())


def test_empty_batches_are_noise_only_steps() -> None:
    """A plan for many samples, of which there are few: most batches have none."""
    result = trained(privacy(samples=64_000, **FIXED), data=Dataset(DATA.x[:2], DATA.y[:2]))
    assert result.steps == 2 * 1000
    assert bool(result.arena.vector.isfinite().all())


def test_label_counts_reach_the_strategy_with_noise() -> None:
    strategy = {"name": "logit-calibration"}
    exact = trained(None, strategy=strategy, local_epochs=1).arena.vector
    asked = PrivacyParameters.model_validate({"mode": "ddp-sgd", **TERMS})
    plan = Plan.of(asked, training(batch_size=64), len(DATA), labels=True)
    counts = torch.tensor([150, 140, *([0] * 8)])
    noisy = Privacy(plan, SECRET).label_counts(counts)
    assert not torch.equal(noisy, counts)
    assert torch.equal(noisy, Privacy(plan, SECRET).label_counts(counts))
    assert float((noisy - counts).abs().max()) < 100
    assert bool(exact.isfinite().all())
