"""A task without its network has the rounds that the network would have had."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from weftwork.errors import DataError
from weftwork.learning.aggregation import Update, aggregate
from weftwork.learning.data import Dataset, Features, Labels, Schema
from weftwork.learning.models import ModelSpec
from weftwork.learning.parameters import TrainingParameters, training_seed
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.release import noisy_samples
from weftwork.learning.privacy.secret import derived
from weftwork.learning.simulation import MODEL, SimulatedRound, simulate
from weftwork.learning.terms import Terms
from weftwork.learning.training import evaluate, train
from weftwork.learning.updates import update_to_bytes
from weftwork.learning.weights import initialise, load_model

SPEC = ModelSpec(name="mlp", version=1, parameters={"inputs": 4, "hidden": [3], "classes": 2})
SCHEMA = Schema(features=Features(shape=(4,)), labels=Labels(classes=2))
PRIVATE = PrivacyParameters.model_validate({"mode": "ddp-sgd", "epsilon": 8, "delta": "1e-3"})


def data(seed: int, samples: int = 12) -> Dataset:
    random = np.random.default_rng(seed)
    x = random.standard_normal((samples, 4)).astype(np.float32)
    return Dataset(x, (x[:, 0] > 0).astype(np.int64))


PROVIDERS = {"a": data(1), "b": data(2, 20)}


def terms(privacy: PrivacyParameters = PrivacyParameters(), **changes: Any) -> Terms:  # noqa: B008
    content = {"rounds": 2, "local_epochs": 1, "batch_size": 4, "learning_rate": "0.5", "seed": 3}
    return Terms(SPEC, TrainingParameters.model_validate(content | changes), privacy, SCHEMA)


def rounds(made: Terms, folder: Path, **options: Any) -> list[SimulatedRound]:
    return list(simulate(made, PROVIDERS, folder, test=data(9), **options))


def test_a_round_is_what_its_nodes_would_make_of_it(tmp_path: Path) -> None:
    made = terms(rounds=1)
    (found,) = rounds(made, tmp_path)
    base, output = tmp_path / "base", tmp_path / "output"
    base.write_bytes(initialise(SPEC, 3))
    updates = []
    for name, its in PROVIDERS.items():
        model = load_model(SPEC, base)
        trained = train(model, made.training, its, seed=training_seed(3, 1, name), schema=SCHEMA)
        path = tmp_path / name
        path.write_bytes(update_to_bytes(model, trained.uploads, trained.arena, name))
        updates.append(Update(name, path, len(its)))
    aggregate(base, updates, output)
    assert (tmp_path / MODEL).read_bytes() == output.read_bytes()
    assert found.evaluation == evaluate(load_model(SPEC, output), data(9))


@pytest.mark.parametrize("strategy", ["scaffold", "dlmu", "server-momentum", "feddyn"])
def test_strategies_keep_their_state(strategy: str, tmp_path: Path) -> None:
    """Without it the second round would be FedAvg's from the same model."""
    first, second = rounds(terms(strategy=strategy), tmp_path)
    assert (first.number, second.number) == (1, 2)
    again = rounds(terms(strategy=strategy), tmp_path)
    assert [first, second] == again
    weights = load_model(SPEC, tmp_path / MODEL)
    rounds(terms(), tmp_path)
    plain = load_model(SPEC, tmp_path / MODEL)
    pairs = zip(weights.parameters(), plain.parameters(), strict=True)
    assert not all(torch.equal(one, other) for one, other in pairs)


def test_noise_follows_from_the_secret(tmp_path: Path) -> None:
    made = terms(PRIVATE)
    one, again, other = (rounds(made, tmp_path, secret=bytes([key]) * 32) for key in (1, 1, 2))
    assert one == again
    assert [r.evaluation for r in one] != [r.evaluation for r in other]
    plan = one[-1].plans["b"]
    assert 7.5 < plan.epsilon_after(2) <= 8
    assert plan.samples == noisy_samples(20, PRIVATE, derived(bytes([1]) * 32, "simulation", "b"))


def test_what_is_trained_can_be_seen(tmp_path: Path) -> None:
    seen: list[tuple[str, nn.Module]] = []
    rounds(terms(), tmp_path, see=lambda name, model: seen.append((name, model)))
    assert [name for name, _ in seen] == ["a", "b", "a", "b"]


def test_a_provider_without_samples_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="b: has no samples"):
        next(simulate(terms(), {"a": data(1), "b": data(2, 0)}, tmp_path))
