"""Epsilon: reference values, a closed form, Opacus's accountants; the noise that a budget needs.

All figures are for add-or-remove-one, delta 1e-5.
"""

import math
import warnings
from dataclasses import dataclass, field
from statistics import NormalDist

import pytest
from dp_accounting import NeighboringRelation
from dp_accounting.pld import PLDAccountant
from dp_accounting.privacy_accountant import PrivacyAccountant
from dp_accounting.rdp import RdpAccountant
from hypothesis import given, settings
from hypothesis import strategies as st

from weftwork.learning.privacy import accounting
from weftwork.learning.privacy.accounting import (
    MOST_STEPS,
    POINTS,
    PRECISION,
    TAILS,
    Accountant,
    epsilon,
    noise_multiplier,
)
from weftwork.learning.privacy.errors import BudgetError
from weftwork.learning.privacy.mechanism import NEIGHBOURING, Mechanism, grouped

DELTA = 1e-5
RATE = 32 / 5000


@pytest.mark.parametrize(
    ("steps", "by_rdp", "by_pld"),
    [(156, 1.0437, 0.524), (1560, 1.6486, 1.398), (15_625, 5.1553, 4.748)],
)
def test_the_reference_values(steps: int, by_rdp: float, by_pld: float) -> None:
    mechanism = Mechanism(RATE, 1.0, steps)
    assert epsilon([mechanism], DELTA, "rdp") == pytest.approx(by_rdp, abs=5e-5)
    assert epsilon([mechanism], DELTA, "pld") == pytest.approx(by_pld, abs=2e-3)


def test_the_accountants_assume_the_neighbours_that_we_state() -> None:
    for accountant in (PLDAccountant(), RdpAccountant()):
        assert accountant.neighboring_relation is NeighboringRelation.ADD_OR_REMOVE_ONE
    assert NEIGHBOURING == "add-or-remove-one"


@pytest.mark.parametrize("noise", [0.5, 1.0, 3.0, 20.0])
def test_a_plain_gaussian_is_bounded_closely_by_pld(noise: float) -> None:
    """The closed form of Balle and Wang 2018, theorem 8."""

    def delta_of(eps: float) -> float:
        half = 1 / (2 * noise)
        above = NormalDist().cdf(half - eps * noise)
        return above - math.exp(eps) * NormalDist().cdf(-half - eps * noise)

    found = epsilon([Mechanism(1.0, noise)], DELTA, "pld")
    assert delta_of(found) <= DELTA
    assert delta_of(found * 0.999) > DELTA


def test_composed_gaussians_are_one_with_less_noise() -> None:
    """n times sigma is once sigma / sqrt(n); and 1 / sigma^2 adds up."""
    whole = epsilon([Mechanism(1.0, 1.0)], DELTA, "pld")
    assert epsilon([Mechanism(1.0, 10.0, 100)], DELTA, "pld") == pytest.approx(whole, rel=1e-3)
    parts = [Mechanism(1.0, 5 / 3), Mechanism(1.0, 5 / 4)]
    assert epsilon(parts, DELTA, "pld") == pytest.approx(whole, rel=1e-3)


@pytest.mark.parametrize(("noise", "steps"), [(1.0, 156), (1.0, 1560), (2.0, 15_625)])
def test_opacus_agrees(noise: float, steps: int) -> None:
    with warnings.catch_warnings():  # Opacus warns of torch's own deprecations
        warnings.simplefilter("ignore")
        from opacus.accountants import PRVAccountant, RDPAccountant
    pairs: list[tuple[RDPAccountant | PRVAccountant, Accountant, float]] = [
        (RDPAccountant(), "rdp", 1e-3),
        (PRVAccountant(), "pld", 2e-2),  # PRV is asked for an error of at most 0.01
    ]
    for accountant, ours, precision in pairs:
        accountant.history = [(noise, RATE, steps)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = accountant.get_epsilon(DELTA)
        assert epsilon([Mechanism(RATE, noise, steps)], DELTA, ours) == pytest.approx(
            theirs, rel=precision
        )


@pytest.mark.parametrize(("budget", "noise"), [(2, 5.49), (3, 3.85), (5, 2.51), (10, 1.51)])
def test_the_noise_of_the_papers_setting(budget: float, noise: float) -> None:
    """N = 5,000, B = 32, E = 10, R = 100: 157,000 private steps."""
    found = noise_multiplier(budget, DELTA, RATE, 157_000, accountant="rdp")
    assert found == pytest.approx(noise, rel=5e-3)
    assert epsilon([Mechanism(RATE, found, 157_000)], DELTA, "rdp") <= budget


@pytest.mark.parametrize("accountant", ["pld", "rdp"])
def test_the_noise_is_enough_and_hardly_more(accountant: Accountant) -> None:
    beside = [Mechanism(1.0, 20.0, 2)]
    noise = noise_multiplier(1.5, DELTA, 0.05, 200, beside=beside, accountant=accountant)
    assert epsilon([Mechanism(0.05, noise, 200), *beside], DELTA, accountant) <= 1.5
    less = Mechanism(0.05, noise / 1.004, 200)
    assert epsilon([less, *beside], DELTA, accountant) > 1.5


def test_what_is_beside_alone_exceeds_the_budget() -> None:
    with pytest.raises(BudgetError, match=r"^the noisy counts alone cost more than the [^\d]*$"):
        noise_multiplier(2, DELTA, 0.01, 100, beside=[Mechanism(1.0, 1.0)])


def test_what_is_beside_leaves_nothing() -> None:
    beside = Mechanism(1.0, 1.0)
    budget = epsilon([beside], DELTA, "rdp")
    with pytest.raises(BudgetError, match="leave nothing"):
        noise_multiplier(budget, DELTA, 1.0, 100, beside=[beside], accountant="rdp")


def test_pld_finds_noise_where_rdp_would_find_none() -> None:
    beside = Mechanism(1.0, 1.0)
    assert epsilon([beside], DELTA, "rdp") > 4.5
    noise = noise_multiplier(4.5, DELTA, 0.01, 10, beside=[beside], accountant="pld")
    assert epsilon([beside, Mechanism(0.01, noise, 10)], DELTA) <= 4.5


@dataclass
class Effort:
    """What evaluations were made of."""

    by_rdp: int = 0
    steps: list[int] = field(default_factory=list)
    points: list[float] = field(default_factory=list)


@pytest.fixture
def effort(monkeypatch: pytest.MonkeyPatch) -> Effort:
    """Counts what the accountants are given from now on."""
    made = Effort()
    composed, interval = accounting._composed, accounting._interval

    def counted(
        accountant: PrivacyAccountant, mechanisms: tuple[Mechanism, ...], delta: float
    ) -> float:
        if isinstance(accountant, RdpAccountant):
            made.by_rdp += 1
        else:
            made.steps.append(sum(one.count for one in mechanisms if one.sample_rate < 1))
        return composed(accountant, mechanisms, delta)

    def measured(mechanisms: tuple[Mechanism, ...], about: float) -> float:
        found = interval(mechanisms, about)
        for one in mechanisms:
            noise = one.noise_multiplier / (math.sqrt(one.count) if one.sample_rate == 1 else 1)
            longest = TAILS / noise + 0.5 / noise**2
            made.points.append(math.log1p(one.sample_rate * math.expm1(longest)) / found)
        return found

    monkeypatch.setattr(accounting, "_composed", counted)
    monkeypatch.setattr(accounting, "_interval", measured)
    accounting._epsilon.cache_clear()
    return made


EXTREMES = {
    "the longest training of the most samples": (1e-9, 10**18, 20, 8, 1e-5),
    "batches of one, 10,000 epochs": (1 / 500, 5_000_000, 20, 8, 1e-5),
    "as many steps as pld composes": (RATE, MOST_STEPS, 20, 8, 1e-5),
    "one step more": (RATE, MOST_STEPS + 1, 20, 8, 1e-5),
    "all samples in each of many steps": (1.0, 10**9, 20, 1, 1e-5),
    "counts with the most noise": (RATE, 15_700, 1e6, 8, 1e-5),
    "the least epsilon": (1e-3, 100, 1e6, 1e-6, 1e-5),
    "the largest epsilon": (1e-3, 1000, 1e6, 1000, 1e-5),
    "a delta that is no protection": (RATE, 1000, 1e6, 8, 0.9),
    "a delta below what floating point can tell": (RATE, 100_000, 1e6, 8, 1e-300),
}


@pytest.mark.parametrize("case", EXTREMES)
def test_no_task_keeps_a_node_long(case: str, effort: Effort) -> None:
    rate, steps, count_noise, budget, delta = EXTREMES[case]
    beside = [Mechanism(1.0, count_noise)]
    noise = noise_multiplier(budget, delta, rate, steps, beside=beside)
    assert epsilon([Mechanism(rate, noise, steps), *beside], delta) <= budget
    assert effort.by_rdp <= 40
    assert len(effort.steps) <= 20
    assert max(effort.steps, default=0) <= MOST_STEPS
    assert max(effort.points, default=0) <= 2 * POINTS  # a power of two, rounded down


def test_an_ordinary_plan_needs_few_evaluations(effort: Effort) -> None:
    noise_multiplier(8, DELTA, RATE, 15_700, beside=[Mechanism(1.0, 20.0)])
    assert len(effort.steps) <= 7
    assert effort.by_rdp <= 20


def test_rdp_takes_over_where_pld_would_take_long_or_be_inexact(effort: Effort) -> None:
    few, many = Mechanism(RATE, 2.0, MOST_STEPS), Mechanism(RATE, 2.0, MOST_STEPS + 1)
    assert epsilon([few], DELTA) < epsilon([few], DELTA, "rdp")
    assert epsilon([many], DELTA) == epsilon([many], DELTA, "rdp")
    assert epsilon([few], 1e-12) == epsilon([few], 1e-12, "rdp")
    assert effort.steps == [MOST_STEPS]


@given(
    start=st.floats(0.01, 1e6),
    answer=st.floats(0.02, 1e5),
    slope=st.floats(0.2, 5),
    floor=st.floats(0, 0.9),
)
def test_the_search_finds_the_least_noise(
    start: float, answer: float, slope: float, floor: float
) -> None:
    """Of an epsilon that falls with noise, by some power, to what the counts alone cost."""
    asked: list[float] = []

    def excess(noise: float) -> float:
        asked.append(noise)
        return math.log(floor + (1 - floor) * (answer / noise) ** slope)

    found = accounting._least(excess, start, PRECISION)
    assert answer <= found * (1 + 1e-12)
    assert found <= answer * (1 + PRECISION)
    assert found in asked
    assert len(asked) <= 40


def test_nothing_costs_nothing() -> None:
    assert epsilon([], DELTA) == 0.0


def test_what_protects_nothing_has_a_number_at_once() -> None:
    assert epsilon([Mechanism(1.0, 0.01, 1000)], DELTA) > 1e4


@pytest.mark.parametrize("accountant", ["pld", "rdp"])
def test_epsilon_grows_with_every_step(accountant: Accountant) -> None:
    steps = [1, 2, 10, 11, 100, 101, 2000]
    spent = [epsilon([Mechanism(0.02, 0.9, count)], DELTA, accountant) for count in steps]
    assert spent == sorted(spent)
    assert len(set(spent)) == len(spent)


@settings(max_examples=8)
@given(
    rate=st.floats(0.001, 1),
    noise=st.floats(0.4, 50),
    count=st.integers(1, 5000),
    factor=st.floats(1.1, 3),
)
def test_more_noise_never_costs_more(rate: float, noise: float, count: int, factor: float) -> None:
    mechanism = Mechanism(rate, noise, count)
    louder = Mechanism(rate, noise * factor, count)
    assert epsilon([louder], DELTA, "rdp") <= epsilon([mechanism], DELTA, "rdp")


@given(st.lists(st.sampled_from([(0.1, 1.0), (0.1, 2.0), (1.0, 1.0)]), max_size=20))
def test_equal_mechanisms_are_one(pairs: list[tuple[float, float]]) -> None:
    together = grouped(Mechanism(*pair, count=2) for pair in pairs)
    assert len(together) == len(set(pairs))
    assert sum(one.count for one in together) == 2 * len(pairs)
    assert together == grouped(reversed(together))


@pytest.mark.parametrize(
    "wrong", [(0.0, 1.0, 1), (1.1, 1.0, 1), (0.5, 0.0, 1), (0.5, math.inf, 1), (0.5, 1.0, 0)]
)
def test_what_is_no_mechanism(wrong: tuple[float, float, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Mechanism(*wrong)


@pytest.mark.parametrize("wrong", [math.nan, -1.0])
def test_a_number_that_is_none_is_no_mechanism(wrong: float) -> None:
    for values in ((wrong, 1.0), (0.5, wrong)):
        with pytest.raises(ValueError, match="must be"):
            Mechanism(*values)
