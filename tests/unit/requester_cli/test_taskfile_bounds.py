"""The bounds of a task file are those of the ledger, and of what can travel."""

import re
from pathlib import Path
from typing import Any

import pytest

from requester_cli import taskfile
from requester_cli.definition import define
from tests.unit.requester_cli.reading import changed, problems, write
from tests.unit.requester_cli.taskfiles import AT_LEAST, AT_MOST, MONTH
from weftwork.ledger.records import Artifact


def test_a_definition_that_the_ledger_would_not_take(tmp_path: Path) -> None:
    document = changed("usage_rules", to="\U0001f600" * 16_000) | {"title": "two\nlines"}
    of_title, of_rules = problems(tmp_path, document)
    assert of_title.startswith("title: must be one line")
    assert re.match("usage_rules: with all its texts the task is 6[67].* takes 65536", of_rules)


def test_the_largest_definition_is_within_the_ledgers_bound(tmp_path: Path) -> None:
    """Whatever is drawn and registered later, the definition is no larger than was checked."""
    names = ["x" * 30_000, *"123456789"]
    labels = {"classes": 10, "names": names}
    document = AT_MOST | {"data": {"schema": {"features": {"shape": [64]}, "labels": labels}}}
    (only,) = problems(tmp_path, document)
    too_many = int(re.findall(r"is (\d+) bytes", only)[0]) - 65536
    names[0] = names[0][too_many - 1 :]
    assert len(problems(tmp_path, document)) == 1
    names[0] = names[0][1:]
    file, _ = taskfile.read(write(tmp_path, document))
    artifact = Artifact(digest="f" * 64, size=1 << 40)
    definition = define(file, artifact, artifact, "x" * 63)
    assert 65536 - 2048 < len(definition.to_json().encode()) <= 65536


@pytest.mark.parametrize("document", [AT_MOST, AT_LEAST])
def test_the_bounds_are_inclusive(tmp_path: Path, document: dict[str, Any]) -> None:
    taskfile.read(write(tmp_path, document))


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ("name", "x" * 57),
        ("title", "x" * 201),
        ("title", "\x1b[31mred"),
        ("description", "x" * 4001),
        ("purpose", "x" * 1001),
        ("purpose", "\x9b31m"),
        ("usage_rules", "x" * 16_001),
        ("usage_rules", "ring\a"),
        ("training.rounds", 100_000),
        ("training.batch_size", 1_000_001),
        ("training.learning_rate", f"0.{'1' * 21}"),
        ("training.learning_rate", "1e-1000"),
        ("training.momentum", -0.0),
        ("training.seed", 1 << 53),
        ("participants.max", 257),
        ("participants.join_seconds", MONTH + 1),
        ("round_seconds", MONTH + 1),
        ("target_accuracy", "1e30"),
        ("target_accuracy", "1e999999"),
        ("reward.amount", 10**12 + 1),
        ("reward.unit", "x" * 64),
        ("archive", "x" * 64),
        ("model.version", 1_000_001),
        ("model.parameters.hidden", [1 << 53]),
        ("data.schema.labels.names", ["\x7f", *"123456789"]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_beyond_the_ledgers_bounds_is_one_mistake(tmp_path: Path, keys: str, value: Any) -> None:
    found = problems(tmp_path, changed(*keys.split("."), to=value))
    found = [one for one in found if not one.startswith("model.name: there is no model mlp v1000")]
    assert len(found) == 1, found
    assert found[0].startswith(keys)


def test_a_model_too_large_to_travel_is_a_mistake_and_nothing_is_built(tmp_path: Path) -> None:
    document = changed("model", "parameters", "hidden", to=[65536] * 3)
    assert problems(tmp_path, document) == [
        "model.parameters: 8,594,980,874 weights are 34,379,923,496 bytes;"
        " a model has at most 2,146,435,072"
    ]
