"""What attackers submit in the place of honest work."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from benchmarks.reputation.behaviours import BEHAVIOURS, Work, honest
from benchmarks.reputation.simulating import Plan, terms_of
from benchmarks.reputation.world import World
from weftwork.learning.weights import initialise


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """The first provider's, at the begin."""
    folder, terms = tmp_path_factory.mktemp("work"), terms_of(Plan(), rounds=1, seed=1)
    base = folder / "base"
    base.write_bytes(initialise(terms.model, 1))
    site = World.of("iid", 1).sites["factory01"]
    return Work(terms, "factory01", site.data, 1, base, folder / "update", elapsed=0)


def submitted(work: Work, behaviour: str) -> Path:
    BEHAVIOURS[behaviour](work)
    return work.output


def move(work: Work, behaviour: str) -> np.ndarray:
    """Where it goes from the base model, one vector."""
    start, end = load_file(work.base), load_file(submitted(work, behaviour))
    return np.concatenate([(end[name] - start[name]).ravel() for name in sorted(start)])


def test_a_free_rider_sends_the_global_model(work: Work) -> None:
    sent, base = submitted(work, "free-rider").read_bytes(), load_file(work.base)
    assert all((tensor == base[name]).all() for name, tensor in load_file(work.output).items())
    other = submitted(replace(work, provider="another"), "free-rider").read_bytes()
    assert len({sent, other, work.base.read_bytes()}) == 3


@pytest.mark.parametrize(
    ("behaviour", "factor"), [("sign-flip", -1), ("scaled-3", 3), ("scaled-10", 10)]
)
def test_a_changed_move_is_a_multiple_of_the_honest_one(
    work: Work, behaviour: str, factor: float
) -> None:
    own = move(work, "honest")
    assert np.linalg.norm(own) > 0.1
    np.testing.assert_allclose(move(work, behaviour), factor * own, atol=1e-6)


def test_noise_has_the_honest_length_and_another_direction(work: Work) -> None:
    own, noise = move(work, "honest"), move(work, "noise")
    assert np.linalg.norm(noise) == pytest.approx(np.linalg.norm(own), rel=1e-4)
    assert abs(own @ noise) < 0.1 * (own @ own)
    assert (noise != move(replace(work, number=2), "noise")).any(), "it is drawn in each round"


def test_a_slow_poisoner_begins_as_honest_and_ends_as_a_label_flipper(work: Work) -> None:
    flipped = submitted(work, "label-flip").read_bytes()
    assert submitted(replace(work, elapsed=1), "slow-poison").read_bytes() == flipped
    half = submitted(replace(work, elapsed=0.5), "slow-poison").read_bytes()
    begin = submitted(work, "slow-poison").read_bytes()
    honest(work)
    assert begin == work.output.read_bytes()
    assert len({begin, half, flipped}) == 3
