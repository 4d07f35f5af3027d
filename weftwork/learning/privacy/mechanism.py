"""What is accounted for: a Gaussian over a Poisson sample, some number of times."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["NEIGHBOURING", "Mechanism", "grouped"]

# Two data sets are neighbours if one is the other with one sample more. An epsilon for replacing
# a sample is another, larger number.
NEIGHBOURING = "add-or-remove-one"


@dataclass(frozen=True, order=True)
class Mechanism:
    """`count` independent releases, each of a sum over a Poisson sample plus a Gaussian.

    Each sample is in with probability `sample_rate`, in (0, 1], and moves the sum by 1 at most;
    the Gaussian's standard deviation is `noise_multiplier`. With rate 1 it is a plain Gaussian.
    """

    sample_rate: float
    noise_multiplier: float
    count: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.sample_rate <= 1:
            raise ValueError(f"sample_rate {self.sample_rate}: must be in (0, 1]")
        if not 0 < self.noise_multiplier < float("inf"):
            raise ValueError(f"noise_multiplier {self.noise_multiplier}: must be positive, finite")
        if self.count < 1:
            raise ValueError(f"count {self.count}: must be at least 1")


def grouped(mechanisms: Iterable[Mechanism]) -> tuple[Mechanism, ...]:
    """Equal mechanisms as one, with the sum of their counts; in one order, whatever was given."""
    counts: Counter[tuple[float, float]] = Counter()
    for one in mechanisms:
        counts[one.sample_rate, one.noise_multiplier] += one.count
    return tuple(Mechanism(rate, noise, count) for (rate, noise), count in sorted(counts.items()))
