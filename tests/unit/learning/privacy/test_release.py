"""Noisy counts. Keys are fixed: nothing fails by chance."""

import statistics

import pytest
import torch

from tests.unit.learning.privacy.examples import Training, plan, privacy
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.privacy.release import noisy_counts, noisy_samples
from weftwork.learning.privacy.secret import derived

KEYS = [derived(bytes(32), number) for number in range(4000)]
PLAN = plan()


def test_the_count_of_samples_has_the_noise_that_is_paid_for() -> None:
    told = [noisy_samples(1000, privacy(), key) for key in KEYS]
    assert statistics.fmean(told) == pytest.approx(1000, abs=4 * 20 / len(KEYS) ** 0.5)
    assert statistics.stdev(told) == pytest.approx(20, rel=0.05)


def test_label_counts_have_noise_of_their_own_each() -> None:
    told = torch.stack([noisy_counts(torch.tensor([500, 700]), PLAN, key) for key in KEYS])
    assert told.double().std(0).tolist() == pytest.approx([20, 20], rel=0.05)
    assert told.double().mean(0).tolist() == pytest.approx([500, 700], abs=1.3)
    assert abs(float(torch.corrcoef(told.double().T)[0, 1])) < 4 * len(KEYS) ** -0.5


def test_no_two_releases_share_their_noise() -> None:
    """Else their difference would be exact."""
    key = KEYS[0]
    samples = noisy_samples(1000, privacy(), key)
    labels = noisy_counts(torch.tensor([1000, 1000]), PLAN, key).tolist()
    assert len({samples, *labels}) == 3


def test_one_key_tells_the_same_number_however_often_it_is_asked() -> None:
    assert noisy_samples(70, privacy(), KEYS[1]) == noisy_samples(70, privacy(), KEYS[1])
    counts = torch.tensor([10, 20, 30])
    told = noisy_counts(counts, PLAN, KEYS[1])
    assert torch.equal(told, noisy_counts(counts, PLAN, KEYS[1]))
    assert told.dtype == counts.dtype


def test_counts_stay_possible() -> None:
    assert min(noisy_samples(1, privacy(), key) for key in KEYS[:200]) == 1
    assert noisy_samples(2**29, PrivacyParameters(), KEYS[0]) == 2**29 - 1
    told = [noisy_counts(torch.zeros(3), PLAN, key) for key in KEYS[:200]]
    assert float(torch.stack(told).min()) == 0.0


@pytest.mark.parametrize("parameters", [PrivacyParameters(), privacy(samples="exact")])
def test_an_exact_count(parameters: PrivacyParameters) -> None:
    assert noisy_samples(1234, parameters, KEYS[0]) == 1234


@pytest.mark.parametrize("asked", ["noisy", "exact"])
def test_client_level_tells_no_count(asked: str) -> None:
    """It protects the size of the data set, too."""
    parameters = privacy(mode="client-level", samples=asked, threshold={"rule": "fixed"})
    assert {noisy_samples(samples, parameters, KEYS[0]) for samples in (1, 1234)} == {1}


def test_client_level_uses_label_counts_as_they_are() -> None:
    parameters = privacy(mode="client-level", threshold={"rule": "fixed"})
    made = Plan.of(parameters, Training(), 500, labels=True)
    counts = torch.tensor([3, 4])
    assert torch.equal(noisy_counts(counts, made, KEYS[0]), counts)
