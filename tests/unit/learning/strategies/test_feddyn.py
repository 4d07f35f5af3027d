"""FedDyn against its algorithm as it is written, and the minimum that it promises."""

import numpy as np
import pytest

from tests.unit.learning.strategies.federation import (
    UNLIKE,
    Federation,
    composition,
    double,
    optimum,
)


def test_three_rounds_are_the_oracles_with_one_client_missing_in_the_second() -> None:
    alpha, rate, steps = 0.3, 0.1, 4
    ours = Federation(composition({"name": "feddyn", "alpha": "0.3"}), rate=rate, steps=steps)
    x, h, own = double(ours.weights), np.zeros(4), [np.zeros(4) for _ in UNLIKE]
    for present in ((0, 1, 2), (0, 2), (0, 1, 2)):
        ours.play(*present)
        counts = [UNLIKE[i].samples for i in present]
        trained = []
        for i in present:
            w = x.copy()
            for _ in range(steps):
                gradient = UNLIKE[i].curvature.numpy() * (w - UNLIKE[i].optimum.numpy())
                w -= rate * (gradient - own[i] + alpha * (w - x))
            own[i] = own[i] - alpha * (w - x)
            trained.append(w)
        average = np.average(trained, axis=0, weights=counts)
        h = h - alpha * len(present) / 3 * (average - x)
        x = average - h / alpha
        np.testing.assert_allclose(ours.weights, x, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(ours.state["feddyn.moved"], -h / alpha, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_it_finds_the_optimum_and_each_clients_gradient_there(momentum: float) -> None:
    federation = Federation(
        composition({"name": "feddyn", "alpha": "0.5"}), steps=100, momentum=momentum
    )
    for _ in range(200):
        federation.play()
    best = optimum(UNLIKE)
    np.testing.assert_allclose(federation.weights, best, atol=1e-3)
    for client, memory in zip(UNLIKE, federation.memories, strict=False):
        np.testing.assert_allclose(memory["feddyn.gradient"], client.gradient(best), atol=1e-3)
