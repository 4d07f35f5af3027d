"""The plan of a training: rates, steps, noise, and what its rounds cost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.learning.privacy.examples import Training, plan, privacy
from weftwork.learning.privacy.accounting import epsilon
from weftwork.learning.privacy.errors import BudgetError
from weftwork.learning.privacy.mechanism import Mechanism
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.plan import Plan, split

FIXED = {"rule": "fixed"}
PLAN = plan()


def test_rate_and_steps_follow_from_the_released_count() -> None:
    made = plan(samples=500)
    assert (made.sample_rate, made.expected_batch, made.steps_per_epoch) == (32 / 500, 32, 16)


@pytest.mark.parametrize("samples", [1, 31, 32])
def test_fewer_samples_than_a_batch_are_all_in_each_step(samples: int) -> None:
    made = plan(samples=samples)
    assert (made.sample_rate, made.expected_batch, made.steps_per_epoch) == (1.0, samples, 1)
    assert made.round_mechanism() == Mechanism(1.0, made.noise_multiplier, 3)
    assert made.epsilon_after(10) <= 4


def test_every_step_is_paid_for() -> None:
    made = plan()
    assert made.round_mechanism() == Mechanism(32 / 500, made.noise_multiplier, 3 * 16)
    assert [made.private(epoch) for epoch in range(3)] == [True, True, True]
    assert made.guarantee


def test_the_paper_pays_for_the_last_epoch_only_and_guarantees_nothing() -> None:
    made = plan(mode="ddp-sgd-paper")
    assert made.round_mechanism() == Mechanism(32 / 500, made.noise_multiplier, 16)
    assert [made.private(epoch) for epoch in range(3)] == [False, False, True]
    assert made.noise_multiplier == made.gradient_noise
    assert made.side_noise is None
    assert not made.guarantee


def test_client_level_noises_the_rounds_change_once() -> None:
    made = plan(mode="client-level", threshold=FIXED)
    assert made.round_mechanism() == Mechanism(1.0, made.noise_multiplier)
    assert not any(made.private(epoch) for epoch in range(3))
    assert made.joining == ()
    # One sample may turn the round's change to its opposite: twice the length, half the noise.
    assert made.round_spend() == Mechanism(1.0, made.noise_multiplier / 2)


@pytest.mark.parametrize("mode", ["ddp-sgd", "ddp-sgd-paper", "client-level"])
def test_the_budget_is_kept_to_the_last_round_and_used(mode: str) -> None:
    made = plan(mode=mode, threshold=FIXED)
    spent = [made.epsilon_after(rounds) for rounds in range(11)]
    assert spent == sorted(spent)
    assert len(set(spent)) == 11
    assert 3.98 < spent[-1] <= 4
    joined = epsilon(made.joining, 1e-5, "rdp")
    assert spent[0] == joined


def test_pld_needs_less_noise_than_rdp() -> None:
    training = Training(rounds=2, local_epochs=1)
    by_rdp, by_pld = (plan(training=training, accountant=name) for name in ("rdp", "pld"))
    assert by_pld.noise_multiplier < by_rdp.noise_multiplier
    spent = [by_pld.epsilon_after(rounds) for rounds in range(3)]
    assert spent == sorted(spent)
    assert spent[-1] <= 4


def test_counts_told_at_joining_are_paid_for() -> None:
    costly = privacy(count_noise="2")
    told = [Plan.of(costly, Training(), 500, labels=labels) for labels in (False, True)]
    assert told[0].joining == (Mechanism(1.0, 2.0),)
    assert told[1].joining == (Mechanism(1.0, 2.0, 2),)
    assert PLAN.noise_multiplier < told[0].noise_multiplier < told[1].noise_multiplier
    assert PLAN.epsilon_after(0) < told[0].epsilon_after(0) < told[1].epsilon_after(0)


def test_an_exact_count_is_free() -> None:
    parameters = privacy(samples="exact")
    assert Plan.of(parameters, Training(), 500).joining == ()
    assert Plan.of(parameters, Training(), 500).epsilon_after(0) == 0.0
    assert Plan.of(parameters, Training(), 500, labels=True).joining == (Mechanism(1.0, 20.0),)


@pytest.mark.parametrize(("limit", "budget"), [("1.5", "1.5"), ("9", "4"), (None, "4")])
def test_the_smaller_limit_counts(limit: str | None, budget: str) -> None:
    own = None if limit is None else Decimal(limit)
    made = Plan.of(privacy(), Training(), 500, epsilon=own)
    assert made.epsilon == Decimal(budget)
    assert made.epsilon_after(10) <= float(budget)


def test_a_limit_that_leaves_nothing() -> None:
    with pytest.raises(BudgetError, match="leaves no epsilon at all: nothing"):
        Plan.of(privacy(), Training(), 500, epsilon=Decimal(0))


def test_counts_that_cost_more_than_the_budget() -> None:
    with pytest.raises(BudgetError, match="noisy counts alone cost"):
        plan(count_noise="0.5")


@pytest.mark.parametrize(
    ("parameters", "samples", "complaint"),
    [(PrivacyParameters(), 500, "no plan"), (privacy(), 0, "at least 1")],
)
def test_what_has_no_plan(parameters: PrivacyParameters, samples: int, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Plan.of(parameters, Training(), samples)


def test_a_plan_crosses_a_pipe_unchanged() -> None:
    made = plan()
    assert Plan.model_validate_json(made.model_dump_json()) == made


def test_what_rounds_cost_a_sample_is_grouped() -> None:
    made = plan()
    assert made.spends(0) == made.joining
    assert set(made.spends(4)) == {
        *made.joining,
        Mechanism(32 / 500, made.noise_multiplier, 4 * 3 * 16),
    }


@given(noise=st.floats(0.01, 1000), ratio=st.floats(1.01, 1000))
def test_a_side_query_and_the_gradient_are_together_one_step(noise: float, ratio: float) -> None:
    gradient, side = split(noise, ratio)
    assert gradient**-2 + side**-2 == pytest.approx(noise**-2, rel=1e-9)
    assert side == pytest.approx(ratio * noise)
    assert gradient > noise


@pytest.mark.parametrize("rule", ["eq2", "quantile"])
def test_a_moving_threshold_is_paid_for_by_the_gradient(rule: str) -> None:
    made, still = plan(threshold={"rule": rule}), plan(threshold=FIXED)
    assert made.noise_multiplier == still.noise_multiplier
    assert made.side_noise is not None
    assert (made.gradient_noise, made.side_noise) == split(made.noise_multiplier, 5)
    assert still.side_noise is None


@given(samples=st.integers(1, 10**9), batch=st.integers(1, 10**6))
def test_rate_and_steps_are_in_their_range(samples: int, batch: int) -> None:
    made = PLAN.model_copy(update={"samples": samples, "batch_size": batch})
    assert 0 < made.sample_rate <= 1
    assert made.expected_batch == pytest.approx(made.sample_rate * samples)
    assert (made.steps_per_epoch - 1) * batch < samples <= made.steps_per_epoch * batch
