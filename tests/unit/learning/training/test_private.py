"""Private training: its determinism, its modes, and what it must not give away."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.unit.learning.examples import MLP, SCHEMA, digits, training
from weftwork.learning.arena import Arena
from weftwork.learning.data import Dataset
from weftwork.learning.errors import DivergedError, UnsupportedLayerError
from weftwork.learning.models import build
from weftwork.learning.parameters import training_seed
from weftwork.learning.privacy.kept import Kept
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.training import Execution, Participation, Trained, train
from weftwork.learning.training.loop import Progress
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
    seed: int = 1,
    execution: Execution | None = None,
    on_epoch: Progress | None = None,
    **changes: Any,
) -> Trained:
    return train(
        network or model(),
        training(**{"batch_size": 64, "momentum": "0"} | changes),
        data,
        seed=seed,
        schema=SCHEMA,
        participation=participation or Participation(),
        privacy=protected,
        execution=execution or Execution(),
        on_epoch=on_epoch,
    )


def test_the_same_secret_gives_the_same_bits_and_another_does_not() -> None:
    one, again = (trained(privacy()).arena.vector for _ in range(2))
    assert torch.equal(one, again)
    assert not torch.equal(one, trained(privacy(bytes(32))).arena.vector)


def test_who_knows_the_seed_and_not_the_secret_knows_nothing_of_the_noise() -> None:
    """Without a learnable signal, what two nodes with one seed upload is their noise: unrelated."""
    one, other = (noise_alone(privacy(secret, **FIXED)) for secret in (SECRET, bytes(32)))
    assert abs(correlation(one, other)) < 4 * len(one) ** -0.5
    assert correlation(one, noise_alone(privacy(**FIXED))) == pytest.approx(1), "one knows one"


def correlation(one: Tensor, other: Tensor) -> float:
    return float(torch.corrcoef(torch.stack([one, other]))[0, 1])


def noise_alone(protected: Privacy, seed: int = 1, **participation: Any) -> Tensor:
    """How an epoch moves the first layer's matrix (6400,) where its inputs are zero: by noise."""
    given = Participation(**participation)
    return noise_by_epoch(protected, 1, seed=seed, participation=given)[-1]


def noise_by_epoch(protected: Privacy, epochs: int, **changes: Any) -> list[Tensor]:
    """Where that matrix, which begins at zero, is after each epoch, and as it leaves."""
    first = nn.Linear(64, 100)
    network = nn.Sequential(nn.Flatten(), first, nn.Linear(100, 10))
    nothing = Dataset(np.zeros_like(DATA.x), DATA.y)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    found: list[Tensor] = []

    def note(*_: int) -> None:
        found.append(first.weight.detach().flatten().clone())

    changes |= {"local_epochs": epochs}
    trained(protected, network=network, data=nothing, on_epoch=note, **changes)
    note()
    return found


@pytest.mark.parametrize("mode", ["ddp-sgd", "client-level"])
def test_no_two_rounds_share_their_noise_though_they_start_from_the_same(mode: str) -> None:
    """A leader may commit the base as the aggregate; the difference would have no noise at all."""
    protected = privacy(mode=mode, **FIXED)
    first = noise_alone(protected, training_seed(1, 1, "f1"), round=1)
    assert torch.equal(first, noise_alone(protected, training_seed(1, 1, "f1"), round=1))
    second = noise_alone(protected, training_seed(1, 2, "f1"), round=2)
    assert abs(correlation(first, second)) < 4 * len(first) ** -0.5


def booked(**changes: Any) -> str:
    """The inputs under which a training is paid for."""
    asked: list[str] = []
    protected = changes.pop("protected", None) or privacy(**FIXED)
    trained(replace(protected, book=asked.append), **{"local_epochs": 1} | changes)
    [inputs] = asked
    return inputs


def test_a_training_is_paid_for_under_the_key_that_its_noise_has() -> None:
    assert booked() == booked()
    others: list[dict[str, Any]] = [
        {"seed": 2},
        {"participation": Participation(round=2)},
        {"participation": Participation(gap=True)},
        {"participation": Participation(memory={"dlmu.drift": torch.tensor(1.0).double()})},
        {"participation": Participation(server={"scaffold.control": torch.ones(3)})},
        {"data": Dataset(DATA.x[:-1], DATA.y[:-1])},
        {"data": Dataset(DATA.x, 1 - DATA.y)},
        {"learning_rate": "0.2"},
        {"strategy": {"name": "fedprox", "mu": "0.1"}},
        {"protected": privacy(**FIXED, epsilon="7")},
        {"protected": replace(privacy(**FIXED), source="cryptographic")},
        {"execution": Execution(precision="bfloat16")},
        {"execution": Execution(physical_batch=16)},
    ]
    keys = [booked(**one) for one in others]
    assert len({booked(), *keys}) == 1 + len(keys)


class Viewing(nn.Module):
    """Takes no batch without samples, which torch's view cannot."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.layer(x.view(x.size(0), -1))
        return scores


@pytest.mark.parametrize("strategy", ["fedavg", "fedntd", "fedrs", "logit-calibration"])
def test_a_step_without_samples_does_not_ask_the_model(strategy: str) -> None:
    """Of a plan for many samples there are two: most of the 200 batches are empty."""
    few = Dataset(DATA.x[:2], DATA.y[:2])
    result = trained(privacy(samples=6400), network=Viewing(), data=few, strategy=strategy)
    assert result.steps == 200
    assert bool(result.arena.vector.isfinite().all())


def test_another_number_of_threads_is_another_key() -> None:
    """Sums are added up in another order, and differ in their last bits."""
    before, threads = booked(), torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        assert booked() != before
    finally:
        torch.set_num_threads(threads)


def test_where_a_training_starts_from_is_not_all_that_it_follows_from() -> None:
    """From `w_last` alone (beta is 1), whatever the global model is, which the penalty draws to."""
    numbers = Arena(model()).vector
    last = {"dlmu.w_last": numbers.clone(), "dlmu.alpha": torch.tensor(1e9).double()}
    strategies = ({"name": "dlmu"}, {"name": "fedprox", "mu": "0.1"})
    keys = set()
    for scale in (1.1, 1.2):
        network = model()
        with torch.no_grad():
            for one in network.parameters():
                one.mul_(scale)
        given = Participation(round=2, memory=last)
        keys.add(booked(network=network, strategy=list(strategies), participation=given))
    assert len(keys) == 2


class UnpaidError(Exception):
    """The node has not booked it."""


@pytest.mark.parametrize("mode", ["ddp-sgd", "ddp-sgd-paper", "client-level"])
def test_nothing_is_noised_that_is_not_paid_for(mode: str) -> None:
    def refuse(inputs: str) -> None:
        raise UnpaidError

    network = model()
    before = Arena(network).vector.clone()
    protected = replace(privacy(mode=mode, **FIXED), book=refuse)
    with pytest.raises(UnpaidError):
        trained(protected, network=network)
    assert torch.equal(Arena(network).vector, before)


def test_a_checkpoint_of_other_data_is_not_taken_up(tmp_path: Path) -> None:
    """The rest would be noised under another key than the epochs that are done."""

    def crash(done: int, _: int) -> None:
        raise UnpaidError

    given = Participation(checkpoint=tmp_path / "checkpoint", identity="a")
    with pytest.raises(UnpaidError):
        trained(privacy(), participation=given, on_epoch=crash)
    fewer = Dataset(DATA.x[:-1], DATA.y[:-1])
    resumed = trained(privacy(), data=fewer, participation=given).arena.vector
    assert torch.equal(resumed, trained(privacy(), data=fewer).arena.vector)


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
    protected = privacy(**FIXED)
    assert float(noise_alone(protected).std()) == pytest.approx(planned(protected.plan), rel=0.05)


def planned(plan: Plan) -> float:
    """The standard deviation of an epoch's noise in the weights, at a threshold of 1."""
    return 0.1 * plan.gradient_noise / plan.expected_batch * math.sqrt(plan.steps_per_epoch)


def test_an_interrupted_training_releases_what_it_would_have_released(tmp_path: Path) -> None:
    class CrashError(Exception):
        """As a killed process."""

    def crash(done: int, _: int) -> None:
        if done == 2:
            raise CrashError

    participation = Participation(checkpoint=tmp_path / "checkpoint", identity="a")
    terms: dict[str, Any] = {"momentum": "0.5", "local_epochs": 4}
    with pytest.raises(CrashError):
        trained(privacy(), participation=participation, on_epoch=crash, **terms)
    resumed = trained(privacy(), participation=participation, **terms)
    whole = trained(privacy(), **terms)
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
    paper = privacy(mode="ddp-sgd-paper", **FIXED)
    after_first, _, at_the_end = noise_by_epoch(paper, 2)
    assert not after_first.any()
    assert float(at_the_end.std()) == pytest.approx(planned(paper.plan), rel=0.05)


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


COUNTS = torch.tensor([150, 140, *([0] * 8)])


@pytest.mark.parametrize("mode", ["ddp-sgd", "ddp-sgd-paper"])
def test_a_sample_without_finite_loss_cannot_make_a_training_fail(mode: str) -> None:
    """It would be seen from outside that there is one."""
    spoilt = Dataset(DATA.x.copy(), DATA.y)
    spoilt.x[::50] = 3e38
    result = trained(privacy(mode=mode), data=spoilt)
    assert bool(result.arena.vector.isfinite().all())
    assert 0 < result.loss_micro < 10_000_000


def test_a_training_with_no_finite_loss_fails() -> None:
    spoilt = Dataset(np.full_like(DATA.x, 3e38), DATA.y)
    with pytest.raises(DivergedError, match="the loss is nan"):
        trained(privacy(), data=spoilt)


def labelled(mode: str = "ddp-sgd", **terms: Any) -> Privacy:
    """A plan that pays for label counts, too."""
    asked = PrivacyParameters.model_validate({"mode": mode} | TERMS | terms)
    return Privacy(Plan.of(asked, training(batch_size=64), len(DATA), labels=True), SECRET)


def test_label_counts_reach_the_strategy_with_noise() -> None:
    protected = labelled()
    noisy = protected.label_counts(COUNTS)
    assert not torch.equal(noisy, COUNTS)
    assert torch.equal(noisy, protected.label_counts(COUNTS))
    assert float((noisy - COUNTS).abs().max()) < 100
    strategy = {"name": "logit-calibration"}
    calibrated = trained(protected, strategy=strategy, local_epochs=1).arena.vector
    assert bool(calibrated.isfinite().all())


def test_label_counts_are_told_once_whatever_becomes_of_the_data(tmp_path: Path) -> None:
    kept, protected = tmp_path / "secret", labelled()
    Kept(secret=SECRET, data="digits", plan=protected.plan).save(kept)
    protected = replace(protected, kept=kept)
    told = protected.label_counts(COUNTS)
    assert torch.equal(told, labelled().label_counts(COUNTS))
    assert torch.equal(told, protected.label_counts(COUNTS + 1))
    assert told.dtype == COUNTS.dtype


def test_without_a_file_other_counts_have_other_noise() -> None:
    protected, more = labelled(), COUNTS + 1
    noise = protected.label_counts(COUNTS) - COUNTS
    assert not torch.equal(noise[:2], (protected.label_counts(more) - more)[:2])


def test_client_level_keeps_no_exact_counts(tmp_path: Path) -> None:
    path, protected = tmp_path / "secret", labelled("client-level", **FIXED)
    kept = Kept(secret=SECRET, data="digits", plan=protected.plan)
    kept.save(path)
    protected = replace(protected, kept=path)
    assert torch.equal(protected.label_counts(COUNTS), COUNTS)
    assert Kept.load(path) == kept
