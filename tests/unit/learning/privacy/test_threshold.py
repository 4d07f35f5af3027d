"""The clipping threshold: Eq. 2 and the noisy quantile."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tests.unit.learning.privacy.examples import plan
from weftwork.learning.privacy.parameters import ThresholdParameters
from weftwork.learning.privacy.threshold import (
    Eq2,
    Quantile,
    RawEq2,
    Threshold,
    extrapolated,
    threshold_of,
)

LEAST, MOST = 0.01, 100.0
norms = st.floats(0, 1e6)
OPTIONS = ThresholdParameters()


def epoch(rule: Threshold, *batches: list[float]) -> None:
    """One epoch, with sums that have no noise."""
    for batch in batches:
        rule.stepped(rule.side(torch.tensor(batch)), len(batch))
    rule.epoch_ended()


@pytest.mark.parametrize(
    ("last", "before", "value"),
    [
        (1.0, 1.0, 1.0),  # nothing changes
        (1.0, 1.2, 1.16),  # 0.2 x 1 + 0.8 x 1.2
        (2.0, 1.0, 1.5),  # gamma = 1/2
        (1.0, 3.0, 1.0),  # gamma would be 2, and C -1
        (0.0, 0.5, 0.5),  # gamma is undefined
        (0.0, 0.0, LEAST),
        (0.5, 0.0, 0.5),  # no epoch before
        (1e-5, 1e-5, LEAST),
        (1e5, 1e5, MOST),
    ],
)
def test_eq_2(last: float, before: float, value: float) -> None:
    assert extrapolated(last, before, LEAST, MOST) == pytest.approx(value)


@given(last=norms, before=norms)
def test_eq_2_stays_between_the_two_and_in_its_range(last: float, before: float) -> None:
    value = extrapolated(last, before, LEAST, MOST)
    assert LEAST <= value <= MOST
    low, high = sorted((min(max(last, LEAST), MOST), min(max(before, LEAST), MOST)))
    assert low * (1 - 1e-9) <= value <= high * (1 + 1e-9)


@given(last=st.floats(0.1, 50), rise=st.floats(0, 1))
def test_eq_2_as_the_paper_writes_it(last: float, rise: float) -> None:
    """With b = (1 + x) a it is a (1 + x - x^2) while gamma = x is at most 1."""
    value = extrapolated(last, (1 + rise) * last, LEAST, MOST)
    assert value == pytest.approx(last * (1 + rise - rise**2), rel=1e-6)


def test_the_papers_rule_over_the_epochs_of_a_round() -> None:
    rule = threshold_of(plan(mode="ddp-sgd-paper"))
    assert isinstance(rule, RawEq2)
    assert float(rule.value) == 1.0  # E = 1: as configured
    epoch(rule, [3.0, 1.0], [2.0])
    assert float(rule.value) == 2.0  # E = 2: the mean of the epoch before
    epoch(rule, [1.0, 1.0], [1.0])
    assert float(rule.value) == 1.0  # a = 1, b = 2: gamma = 1
    epoch(rule, [1.25])
    assert float(rule.value) == pytest.approx(0.2 * 1.25 + 0.8 * 1.0)


def test_the_papers_rule_bounds_no_norm() -> None:
    rule = RawEq2(OPTIONS, 1.0)
    assert float(rule.side(torch.tensor([1000.0, 10.0]))) == 1010.0
    epoch(rule, [1000.0, 10.0])
    assert float(rule.value) == MOST


def test_a_sample_without_finite_gradient_does_not_spoil_the_papers_rule() -> None:
    rule = RawEq2(OPTIONS, 1.0)
    epoch(rule, [math.inf, 2.0])
    epoch(rule, [math.nan, 2.0])
    assert float(rule.value) == pytest.approx(1.0)


def test_a_round_begins_with_what_the_round_before_ended_with() -> None:
    for rule in ("eq2", "quantile"):
        assert float(threshold_of(plan(threshold={"rule": rule}), carried=2.5).value) == 2.5
    assert float(threshold_of(plan(threshold={"rule": "fixed"}), carried=2.5).value) == 1.0


def test_a_fixed_threshold_sees_nothing_and_stays() -> None:
    rule = threshold_of(plan(threshold={"rule": "fixed", "initial": "3"}))
    assert float(rule.side(torch.tensor([5.0, 7.0]))) == 0.0
    epoch(rule, [5.0, 7.0])
    assert float(rule.value) == 3.0


@pytest.mark.parametrize("rule", [Eq2, Quantile])
@given(values=st.lists(st.floats(0, width=32) | st.just(math.nan), max_size=40), c=norms)
def test_one_sample_moves_the_side_query_by_one_at_most(
    rule: type[Threshold], values: list[float], c: float
) -> None:
    made = rule(OPTIONS, max(c, LEAST))
    each = [float(made.side(torch.tensor([value]))) for value in values]
    assert all(-1 <= one <= 1 for one in each)
    whole = float(made.side(torch.tensor(values)))
    assert whole == pytest.approx(sum(each), abs=1e-4)


@given(st.lists(st.floats(0, 3.875, width=32), min_size=1, max_size=30))
def test_without_noise_an_epochs_mean_is_exact(values: list[float]) -> None:
    """Norms below the bound of 4 C; the batches' sizes are as expected."""
    rule = Eq2(OPTIONS, 1.0)
    epoch(rule, values, values)
    mean = sum(values) / len(values)
    assert float(rule.value) == pytest.approx(max(mean, LEAST), abs=1e-5)


def test_norms_count_up_to_four_times_the_threshold() -> None:
    rule = Eq2(OPTIONS, 1.0)
    epoch(rule, [1000.0, math.inf])
    assert float(rule.value) == 4.0


def test_noise_cannot_move_the_threshold_out_of_its_range() -> None:
    for noise in (-1e9, 1e9):
        moving = Eq2(OPTIONS, 1.0), Quantile(OPTIONS, 1.0)
        for rule in moving:
            rule.stepped(torch.tensor(noise), 32)
            rule.epoch_ended()
            assert LEAST * 0.999 <= float(rule.value) <= MOST


def test_an_epoch_without_steps_changes_nothing() -> None:
    rule = Eq2(OPTIONS, 1.5)
    rule.epoch_ended()
    assert float(rule.value) == 1.5


def test_the_quantile_moves_as_andrew_et_al_say() -> None:
    rule = Quantile(OPTIONS, 1.0)
    rule.stepped(rule.side(torch.tensor([0.5, 0.7, 0.9, 2.0])), 4)  # a share of 3/4 below
    assert float(rule.value) == pytest.approx(math.exp(-0.2 * 0.25))


@pytest.mark.parametrize("quantile", ["0.25", "0.5", "0.9"])
def test_the_quantile_is_found(quantile: str) -> None:
    options = ThresholdParameters.model_validate({"rule": "quantile", "quantile": quantile})
    rule = Quantile(options, 1.0)
    values = torch.linspace(0, 10, 1001)
    for _ in range(400):
        rule.stepped(rule.side(values), len(values))
    assert float(rule.value) == pytest.approx(10 * float(quantile), rel=0.02)


def follow(rule: Threshold, values: Tensor, epochs: int) -> list[float]:
    seen = []
    for number in range(epochs):
        for step in range(3):
            scaled = values * (1 + 0.3 * number + 0.1 * step)
            rule.stepped(rule.side(scaled), len(values))
        rule.epoch_ended()
        seen.append(float(rule.value))
    return seen


@pytest.mark.parametrize("rule", ["eq2", "quantile", "fixed"])
def test_a_checkpoint_goes_on_with_the_same_bits(rule: str) -> None:
    values = torch.linspace(0.1, 2, 17)
    made = plan(threshold={"rule": rule})
    whole = threshold_of(made)
    follow(whole, values, 2)
    kept = whole.state()
    resumed = threshold_of(made)
    resumed.stepped(torch.tensor(3.0), 32)  # of an epoch that a crash cut off
    resumed.restore(kept)
    assert follow(resumed, values, 2) == follow(whole, values, 2)
