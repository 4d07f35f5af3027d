"""FedProx against its formula; without a pull it is FedAvg."""

import numpy as np
import torch

from tests.unit.learning.strategies.federation import UNLIKE, Federation, composition, double


def test_two_rounds_are_the_oracles() -> None:
    mu, rate, steps = 0.7, 0.1, 3
    ours = Federation(composition({"name": "fedprox", "mu": "0.7"}), rate=rate, steps=steps)
    anchor = double(ours.weights)
    for _ in range(2):
        ours.play()
        trained = []
        for one in UNLIKE:
            w = anchor.copy()
            for _ in range(steps):
                gradient = one.curvature.numpy() * (w - one.optimum.numpy())
                w -= rate * (gradient + mu * (w - anchor))
            trained.append(w)
        anchor = np.average(trained, axis=0, weights=[one.samples for one in UNLIKE])
        np.testing.assert_allclose(ours.weights, anchor, rtol=1e-5)


def test_without_a_pull_it_is_fedavg() -> None:
    ours, plain = Federation(composition({"name": "fedprox", "mu": 0})), Federation(composition())
    for _ in range(3):
        ours.play()
        plain.play()
        assert torch.equal(ours.weights, plain.weights)


def test_a_stronger_pull_keeps_a_client_nearer() -> None:
    distances = []
    for mu in ("0", "0.1", "1", "5"):
        federation = Federation(composition({"name": "fedprox", "mu": mu}))
        trained, _ = federation.train(0)
        distances.append(float((trained - federation.weights).norm()))
    assert distances == sorted(distances, reverse=True)
    assert len(set(distances)) == 4
