"""SCAFFOLD against option II as it is written, and what must hold of its controls."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.learning.strategies.federation import (
    UNLIKE,
    Federation,
    Quadratic,
    composition,
    double,
    mean,
    optimum,
)
from weftwork.learning.strategies.scaffold import reach

CONTROL = "scaffold.control"


def test_three_rounds_are_the_oracles_with_one_client_missing_in_the_second() -> None:
    rate, steps = 0.1, 3
    ours = Federation(composition("scaffold"), rate=rate, steps=steps)
    x, c, own = double(ours.weights), np.zeros(4), [np.zeros(4) for _ in UNLIKE]
    for present in ((0, 1, 2), (0, 2), (0, 1, 2)):
        ours.play(*present)
        counts = [UNLIKE[i].samples for i in present]
        trained, changes = [], []
        for i in present:
            y = x.copy()
            for _ in range(steps):
                gradient = UNLIKE[i].curvature.numpy() * (y - UNLIKE[i].optimum.numpy())
                y -= rate * (gradient - own[i] + c)
            new = own[i] - c + (x - y) / (steps * rate)
            changes.append(new - own[i])
            own[i] = new
            trained.append(y)
        x = np.average(trained, axis=0, weights=counts)
        c = c + len(present) / 3 * np.average(changes, axis=0, weights=counts)
        np.testing.assert_allclose(ours.weights, x, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(ours.state[CONTROL], c, rtol=1e-4, atol=1e-5)


def test_the_global_control_is_the_mean_of_the_clients() -> None:
    federation = Federation(composition("scaffold"))
    counts = [one.samples for one in UNLIKE]
    for _ in range(5):
        federation.play()
        controls = tuple(memory[CONTROL] for memory in federation.memories[:3])
        np.testing.assert_allclose(federation.state[CONTROL], mean(counts, controls), atol=1e-5)


def test_equal_clients_need_no_correction() -> None:
    """Their controls are all the mean control, and the rounds are FedAvg's."""
    equal = (UNLIKE[0],) * 3
    ours = Federation(composition("scaffold"), clients=equal)
    plain = Federation(composition(), clients=equal)
    for _ in range(4):
        ours.play()
        plain.play()
        torch.testing.assert_close(ours.weights, plain.weights)
        for memory in ours.memories[:3]:
            torch.testing.assert_close(memory[CONTROL], ours.state[CONTROL])


def test_it_finds_the_optimum_that_fedavg_misses() -> None:
    def distance(name: str) -> float:
        federation = Federation(composition(name), steps=10)
        for _ in range(300):
            federation.play()
        return float((federation.weights - optimum(UNLIKE)).norm())

    assert distance("fedavg") > 0.1
    assert distance("scaffold") < 1e-4


@given(st.floats(1e-4, 10), st.floats(0, 0.99), st.integers(0, 50))
def test_the_reach_is_how_far_directions_of_one_go(
    rate: float, momentum: float, steps: int
) -> None:
    weight, velocity = 0.0, 0.0
    for _ in range(steps):
        velocity = momentum * velocity + 1
        weight -= rate * velocity
    assert reach(rate, momentum, steps) == pytest.approx(-weight, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_the_control_is_the_gradient_where_that_is_the_same_everywhere(momentum: float) -> None:
    slope = torch.tensor([1.0, -2.0, 0.5, 3.0])

    class Slope(Quadratic):
        def gradient(self, weights: torch.Tensor) -> torch.Tensor:
            return slope.clone()

    clients = (Slope(slope, slope, 1),)
    federation = Federation(composition("scaffold"), clients=clients, momentum=momentum)
    for _ in range(3):
        federation.play()
        torch.testing.assert_close(federation.memories[0][CONTROL], slope)


def test_without_a_step_nothing_is_learnt() -> None:
    federation = Federation(composition("scaffold"))
    federation.play()
    before = federation.memories[0][CONTROL]
    federation.steps = 0
    [first, *_] = federation.play()
    assert not first.uploads[CONTROL].any()
    assert torch.equal(first.memory[CONTROL], before)
