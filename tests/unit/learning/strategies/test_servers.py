"""Server momentum, Adam and Yogi: their formulas, and what they are FedAvg at."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from tests.unit.learning.strategies.federation import (
    UNLIKE,
    Federation,
    composition,
    double,
    mean,
)
from weftwork.learning.strategies.strategy import Floats

COUNTS = [one.samples for one in UNLIKE]


def step(federation: Federation) -> Floats:
    """What FedAvg would add to the global weights in the round that comes."""
    trained = tuple(federation.train(i)[0] for i in range(3))
    return mean(COUNTS, trained) - double(federation.weights)


def test_momentum_is_the_formula() -> None:
    options = {"name": "server-momentum", "momentum": "0.9", "rate": "0.3"}
    federation = Federation(composition(options))
    velocity = np.zeros(4)
    for _ in range(3):
        velocity = 0.9 * velocity + step(federation)
        expected = double(federation.weights) + 0.3 * velocity
        federation.play()
        np.testing.assert_allclose(federation.weights, expected, rtol=1e-5)
        np.testing.assert_allclose(
            federation.state["server-momentum.velocity"], velocity, rtol=1e-4, atol=1e-6
        )


def test_without_momentum_and_with_rate_one_it_is_fedavg_to_the_bit() -> None:
    random = np.random.default_rng(1)
    ours = Federation(composition({"name": "server-momentum", "momentum": 0, "rate": 1}))
    plain = Federation(composition("fedavg"))
    for _ in range(50):
        weights = torch.from_numpy(random.normal(size=4).astype(np.float32))
        ours.weights, plain.weights = weights, weights
        ours.play()
        plain.play()
        assert ours.weights.numpy().tobytes() == plain.weights.numpy().tobytes()


def adam(v: float, square: float) -> float:
    return 0.9 * v + 0.1 * square


def yogi(v: float, square: float) -> float:
    return v - 0.1 * square * math.copysign(1, v - square)


@pytest.mark.parametrize(("name", "second"), [("server-adam", adam), ("server-yogi", yogi)])
def test_an_adaptive_server_is_the_formula_number_by_number(
    name: str, second: Callable[[float, float], float]
) -> None:
    options = {"name": name, "beta1": "0.8", "beta2": "0.9", "tau": "0.05", "rate": "0.1"}
    federation = Federation(composition(options))
    m, v = [0.0] * 4, [0.05**2] * 4
    for _ in range(4):
        moved, before = step(federation), double(federation.weights)
        federation.play()
        for i in range(4):
            m[i] = 0.8 * m[i] + 0.2 * moved[i]
            v[i] = second(v[i], moved[i] ** 2)
            expected = before[i] + 0.1 * m[i] / (math.sqrt(v[i]) + 0.05)
            assert float(federation.weights[i]) == pytest.approx(expected, rel=1e-4)
            kept = float(federation.state[f"{name}.second_moment"][i])
            assert kept == pytest.approx(v[i], rel=1e-4)


def test_yogi_differs_from_adam() -> None:
    adam_, yogi_ = (Federation(composition(name)) for name in ("server-adam", "server-yogi"))
    for _ in range(3):
        adam_.play()
        yogi_.play()
    assert not torch.equal(adam_.weights, yogi_.weights)
