"""Another implementation of the specification, in Go: the same files, the same bytes.

`goaggregate` was written from the text alone, holds whole models, and sorts and sums otherwise.
"""

import asyncio
import json
import subprocess
from itertools import combinations
from pathlib import Path
from random import Random

import numpy as np
import pytest

from network.golang.compiler import Compiler, Recipe
from network.golang.toolchain import REPOSITORY
from tests.unit.learning.aggregation.files import reorder
from tests.unit.learning.aggregation.rounds import LAYOUT, RULES, Round, a_round, label
from weftwork.learning.aggregation import MAX_WEIGHT, Rule
from weftwork.learning.aggregation.rules import WeightedMean

SOURCE = REPOSITORY / "tests" / "unit" / "learning" / "aggregation" / "goaggregate"
PACKAGE = "github.com/weftwork/weftwork/tests/unit/learning/aggregation/goaggregate"


@pytest.fixture(scope="session")
def goaggregate() -> Path:
    inputs = (SOURCE / "go.mod", *sorted(SOURCE.glob("*.go")))
    recipe = Recipe("the aggregate in Go", "goaggregate", SOURCE, (PACKAGE,), inputs)
    return asyncio.run(Compiler().build(recipe))["goaggregate"]


def computed(program: Path, round_: Round, rule: Rule) -> bytes:
    """What the other implementation makes of a round whose files are written."""
    output = round_.folder / "other"
    told(program, round_, rule, str(output))
    return output.read_bytes()


def told(program: Path, round_: Round, rule: Rule, output: str) -> str:
    """What it prints."""
    task = {
        "base": str(round_.folder / "base"),
        "updates": [
            {"path": str(round_.folder / f"p{i}"), "samples": count}
            for i, count in enumerate(round_.counts)
        ],
        "output": output,
        "trainable": sorted(LAYOUT.trainable),
        "rule": rule.model_dump(mode="json"),
    }
    job = round_.folder / "job.json"
    job.write_text(json.dumps(task))
    finished = subprocess.run([program, job], check=False, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def both_agree(program: Path, round_: Round, rule: Rule) -> None:
    ours = round_.aggregate(rule, stateless=True).read_bytes()
    assert computed(program, round_, rule) == ours
    assert ours != (round_.folder / "base").read_bytes()


@pytest.mark.parametrize("rule", RULES, ids=label)
@pytest.mark.parametrize("wild", [0.1, 1e30])
def test_every_rule(goaggregate: Path, rule: Rule, wild: float, tmp_path: Path) -> None:
    """With weights, several types, statistics, and uploads that no server has a use for."""
    both_agree(goaggregate, a_round(tmp_path, scales=(wild, 2.0)), rule)


@pytest.mark.parametrize("rule", RULES, ids=label)
def test_tensors_of_several_blocks(goaggregate: Path, rule: Rule, tmp_path: Path) -> None:
    both_agree(goaggregate, a_round(tmp_path, w=(2**17 + 4999,)), rule)


@pytest.mark.parametrize("size", [1, 2**16 + 1, 2**17 + 1, 2**18 + 4999])
def test_distances_before_they_are_rounded_to_float32(
    goaggregate: Path, size: int, tmp_path: Path
) -> None:
    """A shortest decimal that is read back is every bit of a float64."""
    round_ = a_round(tmp_path, w=(size,), scales=(1e20, 2.0))
    ours = round_.distances()
    table = json.loads(told(goaggregate, round_, RULES[0], output=""))
    assert [table[i][j].hex() for i, j in combinations(range(7), 2)] == ours
    assert round_.distances(threads=5) == ours


@pytest.mark.parametrize("updates", [1, 2, 256])
def test_the_mean_of_few_and_many(goaggregate: Path, updates: int, tmp_path: Path) -> None:
    round_ = a_round(tmp_path, updates=updates, scales=[1e-3, 1e3] * (updates // 2))
    round_.counts[0] = MAX_WEIGHT
    both_agree(goaggregate, round_, WeightedMean())


def test_numbers_at_the_ends_of_their_range(goaggregate: Path, tmp_path: Path) -> None:
    round_ = a_round(tmp_path)
    most = float(np.finfo(np.float32).max)
    extremes = [most, -most, 1e-45, -1e-45, -0.0, 0.0, 1.0]
    for i, tensors in enumerate(round_.updates):
        tensors["w"] = np.array([extremes[(i + j) % 7] for j in range(45)], "<f4").reshape(5, 9)
    for rule in RULES:
        both_agree(goaggregate, round_, rule)


@pytest.mark.parametrize("rule", RULES, ids=label)
def test_tensors_in_another_order(goaggregate: Path, rule: Rule, tmp_path: Path) -> None:
    """A vector's order is that of the names, whatever that of a file is."""
    round_ = a_round(tmp_path)
    expected = round_.aggregate(rule, stateless=True).read_bytes()
    for i in range(len(round_.updates)):
        reorder(tmp_path / f"p{i}", Random(i))  # noqa: S311 - no secret
    assert computed(goaggregate, round_, rule) == expected
