"""`simulate`: a task file and data of one's own, and no network."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from requester_cli.cli import cli

TASK = Path(__file__).parents[2] / "scenario" / "task.yaml"
DIGITS = {"name": "digits", "source": {"kind": "builtin", "name": "digits", "part": "train"}}
PRIVATE = {"mode": "ddp-sgd", "epsilon": 8, "delta": "1e-5"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "data.yaml", {"data": [DIGITS]})


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))  # which is YAML, and has no aliases
    return path


def task(tmp_path: Path, **changes: Any) -> Path:
    document = yaml.safe_load(TASK.read_text()) | changes
    private = {"batch_size": 2000} if "privacy" in changes else {}
    document["training"] |= {"local_epochs": 1} | private
    return write(tmp_path / "task.yaml", document)


def simulate(*arguments: object) -> Result:
    words = ["simulate", *map(str, arguments)]
    return CliRunner(mix_stderr=False).invoke(cli, words, prog_name="requester_cli")


def test_it_ends_where_the_task_would(tmp_path: Path, data: Path) -> None:
    file = task(tmp_path, target_accuracy=0.3)
    done = simulate(file, "--data", data, "--providers", 3, "--divide", "classes:5")
    assert done.exit_code == 0, done.stderr
    *rounds, last = done.stdout.splitlines()  # nothing is said of the target
    assert 1 <= len(rounds) < 10
    assert rounds[0].startswith("round 1 of 10  accuracy ")
    assert float(rounds[-1].split()[-2]) >= 30
    assert last.startswith(f"simulated {len(rounds)} round")
    assert "samples: provider1 " in last
    assert "target" not in last


def test_a_private_task_says_what_it_spends_and_promises(tmp_path: Path, data: Path) -> None:
    file = task(tmp_path, privacy=PRIVATE)
    done = simulate(file, "--data", data, "--providers", 2, "--rounds", 2)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[1].startswith("round 2 of 2")
    assert lines[2].split() == ["provider", "clipped", "at", "epsilon", "spent"]
    assert all(line.endswith("of 8") for line in lines[3:5])
    assert lines[5] == "ddp-sgd: epsilon 8, delta 0.00001, add-or-remove-one sample"
    assert lines[6] == "simulated 2 rounds; samples: provider1 721, provider2 721"
    assert lines[7] == "the target of 90.0 % is not reached"


def test_for_programs_each_round_is_a_line(tmp_path: Path) -> None:
    """Each data set of the file is a provider's, where none is divided."""
    two = [DIGITS | {"name": name} for name in ("a", "b")]
    data = write(tmp_path / "data.yaml", {"data": two})
    file = task(tmp_path, privacy=PRIVATE)
    done = simulate(file, "--data", data, "--rounds", 2, "--json")
    assert done.exit_code == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["event"], first["round"], first["rounds"]) == ("round", 1, 2)
    assert set(first["providers"]) == {"a", "b"}
    spent = [one["providers"]["a"]["epsilon_micro"] for one in (first, second)]
    assert 0 < spent[0] < spent[1] <= 8_000_000
    assert first["providers"]["a"]["samples"] == 1442
    assert "privacy.threshold_micro" in first["providers"]["a"]["metrics"]
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("content", "arguments", "code", "says"),
    [
        ({"data": [DIGITS]}, ["--providers", 3, "--divide", "evenly"], 2, "is none of equal"),
        ({"data": [DIGITS, DIGITS | {"name": "b"}]}, ["--providers", 3], 2, "divides one data set"),
        ({"data": []}, [], 3, "line 1: data:"),
        ({"data": [DIGITS, DIGITS]}, [], 3, "'digits' is given to two data sets"),
        ({"data": [DIGITS | {"source": {"kind": "npz", "path": "no.npz"}}]}, [], 9, "no.npz"),
        ({"data": [DIGITS]}, ["--providers", 2000], 2, "--providers"),
    ],
)  # fmt: skip
def test_mistakes(tmp_path: Path, content: Any, arguments: list[Any], code: int, says: str) -> None:
    data = write(tmp_path / "data.yaml", content)
    done = simulate(task(tmp_path), "--data", data, *arguments)
    assert says in done.stderr
    assert done.exit_code == code
    assert done.stdout == ""
