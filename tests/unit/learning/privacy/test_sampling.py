"""Poisson batches: every row by a coin of its own. Keys are fixed: nothing fails by chance."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from weftwork.learning.privacy.noise import AesNoise, Noise, TorchNoise
from weftwork.learning.privacy.sampling import poisson_rows

KEY = bytes(32)


def drawn(samples: int, rate: float, times: int) -> Tensor:
    """0 or 1 for each of `times` batches and each row."""
    noise = TorchNoise(KEY)
    taken = torch.zeros(times, samples)
    for batch in taken:
        batch[poisson_rows(samples, rate, noise)] = 1
    return taken


@given(samples=st.integers(1, 3000), rate=st.floats(1e-6, 1), key=st.integers(0, 255))
def test_rows_ascend_and_are_in_the_data_set(samples: int, rate: float, key: int) -> None:
    rows = poisson_rows(samples, rate, AesNoise(bytes([key]) * 32))
    assert rows.dtype == torch.int64
    assert bool((rows.diff() > 0).all())
    assert bool(((rows >= 0) & (rows < samples)).all())


@pytest.mark.parametrize("samples", [1, 5])
def test_with_rate_one_all_are_in(samples: int) -> None:
    assert poisson_rows(samples, 1.0, TorchNoise(KEY)).tolist() == list(range(samples))


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5, 0.95])
def test_every_row_is_in_as_often_as_any(rate: float) -> None:
    taken = drawn(50, rate, 4000)
    error = (rate * (1 - rate) / 4000) ** 0.5
    assert float((taken.mean(0) - rate).abs().max()) < 4.5 * error
    assert abs(float(taken.mean()) - rate) < 4 * error / 50**0.5


@pytest.mark.parametrize("rate", [0.05, 0.5])
def test_rows_are_independent(rate: float) -> None:
    """The size varies as a binomial does; neighbours and distant rows are uncorrelated."""
    taken = drawn(50, rate, 4000)
    sizes = taken.sum(1)
    assert float(sizes.var()) == pytest.approx(50 * rate * (1 - rate), rel=0.1)
    centred = (taken - rate) / (rate * (1 - rate)) ** 0.5
    correlation = centred.T @ centred / 4000
    off_diagonal = correlation[~torch.eye(50, dtype=torch.bool)]
    assert float(off_diagonal.abs().max()) < 5.5 * 4000**-0.5


def test_batches_are_independent() -> None:
    taken = drawn(200, 0.3, 1000) - 0.3
    repeated = (taken[1:] * taken[:-1]).mean() / 0.21
    assert abs(float(repeated)) < 4 * (999 * 200) ** -0.5


def test_a_batch_may_be_empty() -> None:
    noise = TorchNoise(KEY)
    sizes = [len(poisson_rows(10, 0.05, noise)) for _ in range(500)]
    assert pytest.approx(sizes.count(0), rel=0.15) == 0.95**10 * 500


def test_a_gap_that_needs_more_numbers_than_expected_is_gone_on_with() -> None:
    class Short:
        """Every gap is of one row: nothing like as few numbers as expected."""

        calls = 0

        def uniform(self, size: int) -> Tensor:
            self.calls += 1
            return torch.zeros(size, dtype=torch.float64)

        def normal(self, size: int) -> Tensor:
            raise NotImplementedError

    short = Short()
    noise: Noise = short
    assert poisson_rows(100, 0.01, noise).tolist() == list(range(100))
    assert short.calls > 1


def test_the_same_key_draws_the_same_batches() -> None:
    first, second = (poisson_rows(1000, 0.1, TorchNoise(KEY)) for _ in range(2))
    assert torch.equal(first, second)
