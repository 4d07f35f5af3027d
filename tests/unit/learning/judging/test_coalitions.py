"""What coalitions are worth, beside a model that is computed by hand."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from weftwork.learning.data import Dataset, Objective
from weftwork.learning.judging.bounds import MAX_LOSS_MICRO
from weftwork.learning.judging.coalitions import Coalitions
from weftwork.learning.judging.contributions import leave_one_out, shapley
from weftwork.learning.judging.parameters import Shapley
from weftwork.learning.judging.tensors import Tensors
from weftwork.learning.models import ModelSpec
from weftwork.learning.weights import load_model

Weights = tuple[NDArray[np.float64], NDArray[np.float64]]

LINEAR = ModelSpec(name="mlp", version=1, parameters={"inputs": 4, "hidden": [], "classes": 3})
RANDOM = np.random.RandomState(1)
X = RANDOM.standard_normal((50, 4))
Y = RANDOM.randint(0, 3, 50)
SAMPLES = {0: 10, 1: 30, 2: 60}


def drawn() -> Weights:
    return RANDOM.standard_normal((3, 4)), RANDOM.standard_normal(3)


BASE, UPDATES = drawn(), [drawn() for _ in SAMPLES]


def loss(present: set[int]) -> float:
    """The mean cross-entropy of base + sum of p_k (w_k - base)."""
    total = sum(SAMPLES.values())
    matrix, bias = (
        base + sum(SAMPLES[k] / total * (UPDATES[k][i] - base) for k in present)
        for i, base in enumerate(BASE)
    )
    logits = X @ matrix.T + bias
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -float(logits[np.arange(50), Y].mean())


def written(path: Path, weights: Weights) -> Tensors:
    named = zip(("output.weight", "output.bias"), weights, strict=True)
    save_file({name: one.astype(np.float32) for name, one in named}, path)
    return Tensors(path)


def game(folder: Path, updates: list[Weights]) -> Coalitions:
    base = written(folder / "base", BASE)
    files = {i: written(folder / str(i), one) for i, one in enumerate(updates)}
    data = Dataset(X.astype(np.float32), Y.astype(np.int64))
    model = load_model(LINEAR, folder / "base")
    return Coalitions(model, base, files, SAMPLES, data, Objective.CLASSIFICATION)


@pytest.mark.parametrize("present", [set(), {0}, {2}, {0, 1}, {1, 2}, {0, 1, 2}])
def test_a_coalition_is_worth_the_loss_of_its_model(tmp_path: Path, present: set[int]) -> None:
    found = game(tmp_path, UPDATES).value(frozenset(present))
    assert found == pytest.approx(-1e6 * loss(present), abs=3)


def test_leave_one_out_is_what_the_mean_loses(tmp_path: Path) -> None:
    everyone = {0, 1, 2}
    expected = {k: 1e6 * (loss(everyone - {k}) - loss(everyone)) for k in everyone}
    assert leave_one_out(game(tmp_path, UPDATES)) == pytest.approx(expected, abs=4)


def test_who_sends_the_base_model_back_adds_exactly_nothing(tmp_path: Path) -> None:
    assert leave_one_out(game(tmp_path, [UPDATES[0], BASE, UPDATES[2]]))[1] == 0


def test_shapley_values_share_out_the_rounds_progress(tmp_path: Path) -> None:
    played = game(tmp_path, UPDATES)
    values = shapley(played, Shapley(permutations=6, tolerance=0), 1)
    assert sum(values.values()) == pytest.approx(1e6 * (loss(set()) - loss({0, 1, 2})), abs=5)


def test_for_small_moves_leave_one_out_shares_it_out_too(tmp_path: Path) -> None:
    near = [tuple(b + 0.01 * (u - b) for b, u in zip(BASE, one, strict=True)) for one in UPDATES]
    played = game(tmp_path, [(one[0], one[1]) for one in near])
    gained = played.value(frozenset({0, 1, 2})) - played.value(frozenset())
    assert sum(leave_one_out(played).values()) == pytest.approx(gained, rel=0.05)


def test_what_is_no_number_has_the_largest_loss(tmp_path: Path) -> None:
    most = float(np.finfo(np.float32).max)
    wild = (np.full((3, 4), most), np.array([most, -most, most]))
    played = game(tmp_path, [UPDATES[0], UPDATES[1], wild])
    assert played.value(frozenset({0, 1, 2})) == -MAX_LOSS_MICRO
    assert leave_one_out(played)[2] < -MAX_LOSS_MICRO / 2
