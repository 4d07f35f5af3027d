"""DLMU: Equation 1, Algorithm 1, its other readings, and its instability."""

import math
from typing import Any

import pytest
import torch

from tests.unit.learning.strategies.federation import START, Federation, composition
from weftwork.learning.strategies import Finished, Memory, Received
from weftwork.learning.strategies.dlmu import Dlmu

LAST = torch.tensor([0.0, 3.0, 0.0])
GLOBAL = torch.tensor([4.0, 0.0, 0.0])  # 5 away from it
OWN: Memory = {
    "w_last": LAST,
    "alpha": torch.tensor(0.1, dtype=torch.float64),
    "drift": torch.tensor(2.0, dtype=torch.float64),
}


def begun(memory: Memory, *, gap: bool = False, **options: Any) -> tuple[torch.Tensor, Finished]:
    """Where a round starts, and what it leaves after a drift of 0.5."""
    received = Received(GLOBAL, {}, memory, gap, learning_rate=0.1)
    client = Dlmu.model_validate(options).client(received)
    start = client.start(GLOBAL)
    return start, client.finish(start, start + torch.tensor([0.5, 0, 0]), 1)


def test_it_starts_beta_of_the_way_to_its_own_last_weights() -> None:
    start, finished = begun(OWN)
    torch.testing.assert_close(start, 0.5 * LAST + 0.5 * GLOBAL)
    assert finished.report == {"beta_micro": 500_000, "divergence_micro": 5_000_000, "saturated": 0}
    assert finished.warnings == ()


def test_the_first_round_starts_at_the_global_model_and_sets_alpha() -> None:
    start, finished = begun({})
    assert torch.equal(start, GLOBAL)
    assert finished.report["beta_micro"] == 0
    assert float(finished.memory["alpha"]) == pytest.approx(0.8 / 0.5)
    assert torch.equal(finished.memory["w_last"], start + torch.tensor([0.5, 0, 0]))


def test_alpha_is_set_once() -> None:
    _, finished = begun(OWN)
    assert float(finished.memory["alpha"]) == pytest.approx(0.1)


def test_a_first_training_that_moved_nothing_leaves_alpha_for_the_next() -> None:
    client = Dlmu().client(Received(GLOBAL, {}, {}, gap=False, learning_rate=0.1))
    finished = client.finish(client.start(GLOBAL), GLOBAL, 1)
    assert "alpha" not in finished.memory
    start, later = begun(finished.memory)
    assert torch.equal(start, GLOBAL)
    assert float(later.memory["alpha"]) == pytest.approx(0.8 / 0.5)


def test_after_a_gap_it_starts_at_the_global_model_unless_told_to_merge() -> None:
    reset, left = begun(OWN, gap=True)
    assert torch.equal(reset, GLOBAL)
    assert float(left.memory["alpha"]) == pytest.approx(0.1)
    merged, _ = begun(OWN, gap=True, on_gap="merge")
    assert torch.equal(merged, begun(OWN)[0])


def test_by_its_own_drift_the_distance_to_the_global_model_is_of_no_matter() -> None:
    start, finished = begun(OWN, divergence="own_drift")
    torch.testing.assert_close(start, 0.2 * LAST + 0.8 * GLOBAL)
    assert finished.report["divergence_micro"] == 2_000_000
    assert float(finished.memory["drift"]) == pytest.approx(0.5)


def test_by_fedemas_rule_the_first_beta_is_tau() -> None:
    young = {name: OWN[name] for name in ("w_last", "drift")}
    start, finished = begun(young, alpha="first_divergence", tau="0.3")
    torch.testing.assert_close(start, 0.3 * LAST + 0.7 * GLOBAL)
    assert float(finished.memory["alpha"]) == pytest.approx(0.3 / 5)
    assert "alpha" not in begun({}, alpha="first_divergence")[1].memory


def test_beta_has_an_end() -> None:
    own = OWN | {"alpha": torch.tensor(9.0, dtype=torch.float64)}
    start, finished = begun(own)
    assert torch.equal(start, LAST)
    assert (finished.report["beta_micro"], finished.report["saturated"]) == (1_000_000, 1)
    [warning] = finished.warnings
    assert "ignores the global model" in warning
    start, finished = begun(own, beta_max="0.25")
    torch.testing.assert_close(start, 0.25 * LAST + 0.75 * GLOBAL)
    assert (finished.report["beta_micro"], finished.report["saturated"]) == (250_000, 1)
    [warning] = finished.warnings
    assert "held at beta_max, 0.25" in warning


@pytest.mark.parametrize(("beta_max", "held"), [("0.51", 0), ("0.5", 1), ("0.49", 1), ("0", 0)])
def test_it_is_said_where_the_cap_holds_beta(beta_max: str, held: int) -> None:
    """Without a cap it would be 0.5 here; a cap of 0 switches the strategy off."""
    _, finished = begun(OWN, beta_max=beta_max)
    assert (finished.report["saturated"], len(finished.warnings)) == (held, held)


def test_a_round_that_does_not_mix_is_not_held_back() -> None:
    for memory, gap in (({}, False), (OWN, True)):
        _, finished = begun(memory, gap=gap, beta_max="0.1")
        assert (finished.report["saturated"], finished.warnings) == (0, ())


def test_without_a_beta_it_is_fedavg() -> None:
    ours = Federation(composition({"name": "dlmu", "beta_max": 0}))
    plain = Federation(composition())
    for _ in range(3):
        ours.play()
        plain.play()
        assert torch.equal(ours.weights, plain.weights)


def test_algorithm_1_over_three_rounds() -> None:
    ours = Federation(composition({"name": "dlmu", "tau": "0.2"}))
    alphas: list[float] = []
    last: list[torch.Tensor] = []
    for number in range(3):
        received = ours.weights
        finished = ours.play()
        for i, start in enumerate(ours.starts):
            if number:
                beta = min(alphas[i] * math.dist(received, last[i]), 1)
                torch.testing.assert_close(start, beta * last[i] + (1 - beta) * received)
            else:
                assert torch.equal(start, START)
        last = [one.memory["dlmu.w_last"] for one in finished]
        if not number:
            alphas = [0.2 / math.dist(one, START) for one in last]


def betas(tau: str, rounds: int) -> list[float]:
    """Of 40 clients whose training drifts by 1 in a direction of its own every round."""
    random = torch.Generator().manual_seed(1)
    memories: list[Memory] = [{} for _ in range(40)]
    weights, found = torch.zeros(400), []
    for _ in range(rounds):
        trained, beta = [], 0
        for i, memory in enumerate(memories):
            received = Received(weights, {}, memory, gap=False, learning_rate=0.1)
            client = Dlmu.model_validate({"tau": tau}).client(received)
            drift = torch.randn(400, generator=random)
            start = client.start(weights)
            trained.append(start + drift / drift.norm())
            finished = client.finish(start, trained[-1], 1)
            memories[i] = finished.memory
            beta += finished.report["beta_micro"]
        weights = torch.stack(trained).mean(0)
        found.append(beta / 40 / 1e6)
    return found


def test_a_small_tau_settles_where_beta_squared_times_its_rest_is_tau_squared() -> None:
    [*_, beta] = betas("0.2", 8)
    assert math.sqrt(beta**2 * (1 - beta**2)) == pytest.approx(0.2, rel=0.03)


def test_the_papers_tau_lets_go_of_the_global_model() -> None:
    assert betas("0.8", 8)[-1] == 1
