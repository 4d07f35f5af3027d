"""The least epsilon that explains how well one guesses (Steinke et al. 2023, theorem 5.2).

Of m canaries, each is in the data set by a fair coin. Whoever has seen what was released guesses of
r of them whether they are in, abstains from the others, and is right v times. If the release is
(epsilon, delta) differentially private, then

    P[right >= v]  <=  P[W >= v] + 2 m delta max_i P[v > W >= v - i] / i,
    W ~ Binomial(r, 1 / (1 + exp(-epsilon))).

An epsilon for which this is below 5 % is refuted at 95 %.
"""

import math

import numpy as np

__all__ = ["lower_bound", "p_value"]

# The search ends at this: nothing refutes more with fewer than ten thousand million canaries.
LARGEST = 24.0
STEPS = 40


def p_value(canaries: int, guesses: int, right: int, epsilon: float, delta: float) -> float:
    """The most probable that so many right guesses are, under (epsilon, delta)."""
    if not 0 <= right <= guesses <= canaries:
        raise ValueError("0 <= right <= guesses <= canaries must hold")
    mass = _binomial(guesses, epsilon)
    below = np.cumsum(mass[:right][::-1])  # P[v > W >= v - i] for i = 1 .. v
    slope = float((below / np.arange(1, right + 1)).max()) if right else 0.0
    return min(float(mass[right:].sum()) + 2 * canaries * delta * slope, 1.0)


def lower_bound(
    canaries: int, guesses: int, right: int, delta: float = 0.0, level: float = 0.05
) -> float:
    """The largest epsilon that is refuted at 1 - `level`; 0 if none is."""
    low, high = 0.0, LARGEST
    if p_value(canaries, guesses, right, 0.0, delta) >= level:
        return 0.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if p_value(canaries, guesses, right, middle, delta) < level:
            low = middle
        else:
            high = middle
    return low


def _binomial(trials: int, epsilon: float) -> np.ndarray:
    """P[W = k] for k = 0 .. trials."""
    k = np.arange(trials + 1)
    factorials = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, trials + 1)))))
    ways = factorials[trials] - factorials - factorials[::-1]
    log_right, log_wrong = -math.log1p(math.exp(-epsilon)), -math.log1p(math.exp(epsilon))
    probabilities: np.ndarray = np.exp(ways + k * log_right + (trials - k) * log_wrong)
    return probabilities
