"""A task file is checked completely: every mistake at once, each with its line."""

import copy
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from pydantic import model_validator

from requester_cli import taskfile
from requester_cli.definition import define
from requester_cli.recordable import exact
from tests.unit.requester_cli.examples import sha
from tests.unit.requester_cli.reading import changed, problems, write
from tests.unit.requester_cli.taskfiles import GOOD, TEN_MISTAKES
from weftwork.errors import ConfigError
from weftwork.learning.data import Schema
from weftwork.learning.models import ModelDefinition, ModelParameters, registry
from weftwork.ledger.records import Artifact


def test_a_file_with_ten_mistakes_lists_ten_lines(tmp_path: Path) -> None:
    path = write(tmp_path, TEN_MISTAKES)
    with pytest.raises(ConfigError) as caught:
        taskfile.read(path)
    assert str(caught.value).splitlines() == [
        f"{path}: 10 mistakes",
        "  line 1: name: must be at most 63 of a-z, 0-9, dot and dash, and begin with a letter or"
        " digit (got 'Digits')",
        "  line 1: title: missing",
        "  line 2: titel: unknown key; did you mean 'title'?",
        "  line 7: model.parameters.dropout: unknown key; known here: inputs, hidden, classes",
        "  line 7: model.parameters.inputs: 63, but features of shape [64] are 64 numbers",
        "  line 9: training.rounds: must be greater than or equal to 1 (got 0)",
        "  line 10: training.local_epochs: must be a whole number (got 'two')",
        "  line 12: training.learning_rate: must be greater than 0 (got -0.1)",
        f"  line 19: validation.source: {tmp_path}/nothing.csv: no such file",
        "  line 21: participants.max: must be at least participants.min, which is 4 (got 3)",
    ]


def test_a_right_file_is_read_with_its_validation_data(tmp_path: Path) -> None:
    file, validation = taskfile.read(write(tmp_path, GOOD))
    assert file.name == "digits"
    assert validation is not None
    assert validation.x.shape[1:] == (64,)


def test_what_may_be_left_out(tmp_path: Path) -> None:
    document = copy.deepcopy(GOOD)
    for key in ("validation", "target_accuracy", "reward"):
        del document[key]
    file, validation = taskfile.read(write(tmp_path, document))
    assert validation is None
    assert file.target_accuracy == 0
    assert file.reward.amount == 0
    assert file.archive is None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (changed("model", "name", to="mpl"), "model.name: there is no model mpl v1; installed: "),
        (changed("model", "version", to=2), "model.name: there is no model mlp v2; installed: "),
        (
            changed("model", "parameters", "classes", to=4),
            "model.parameters.classes: 4, but the schema has 10",
        ),
        (
            changed("model", "parameters", to=[64, 10]),
            "model.parameters: must be keys and values (got [64, 10])",
        ),
        (
            changed("data", "schema", "labels", "classes", to=1),
            "data.schema.labels.classes: must be greater than or equal to 2 (got 1)",
        ),
        (
            changed("validation", "source", to={"kind": "tsv"}),
            "validation.source: 'kind' must be one of ",
        ),
        (
            changed("validation", "source", "name", to="letters"),
            "validation.source.name: must be 'digits' (got 'letters')",
        ),
        (
            changed("participants", to={"min": 3, "max": 2, "join_seconds": "soon"}),
            "participants.join_seconds: must be a whole number (got 'soon')",
        ),
        (changed("name", to="x" * 57), "name: must have at most 56 characters"),
        (changed("name", to="-digits"), "name: must be at most 63 of a-z"),
        (changed("title", to="two\nlines"), "title: must be one line without tabs"),
        (changed("usage_rules", to=""), "usage_rules: must have at least 1 character"),
        (changed("target_accuracy", to=1.5), "target_accuracy: must be less than or equal to 1"),
        (changed("target_accuracy", to=0.1234567), "target_accuracy: must have at most six dec"),
        (changed("reward", to={"amount": -1, "unit": "credit"}), "reward.amount: must be greater"),
        (changed("training", "strategy", to="fedavgg"), "training.strategy.0: 'name' must"),
        (changed("training", "seed", to=1 << 53), "training.seed: must be less than"),
        (changed("round_seconds", to=0), "round_seconds: must be greater than or equal to 1"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, document: dict[str, Any], expected: str) -> None:
    found = problems(tmp_path, document)
    assert any(problem.startswith(expected) for problem in found), found


def test_a_target_needs_data_to_measure_it_on(tmp_path: Path) -> None:
    document = {key: value for key, value in GOOD.items() if key != "validation"}
    (only,) = problems(tmp_path, document)
    assert only == "target_accuracy: needs validation data to be measured on: add validation.source"
    write(tmp_path, document | {"target_accuracy": 0})
    taskfile.read(tmp_path / "task.yaml")


def test_a_reward_of_a_private_task_needs_data_to_measure_contributions_on(tmp_path: Path) -> None:
    document = {key: value for key, value in GOOD.items() if key != "validation"}
    document |= {"target_accuracy": 0, "reward": {"amount": 5, "unit": "credit"}}
    write(tmp_path, document)
    taskfile.read(tmp_path / "task.yaml")  # without privacy members score on their own data, too
    private = document | {"privacy": {"epsilon": 8, "delta": "1e-5"}}
    (only,) = problems(tmp_path, private)
    assert only.startswith("reward.amount: nobody would earn it: contributions to a private task")
    write(tmp_path, private | {"reward": {"amount": 0, "unit": "credit"}})
    taskfile.read(tmp_path / "task.yaml")


def test_a_rule_needs_no_more_updates_than_a_round_may_have(tmp_path: Path) -> None:
    krum = {"rule": {"name": "multi-krum", "byzantine": 1}}
    (only,) = problems(tmp_path, GOOD | {"aggregation": krum})
    assert only.startswith("aggregation.rule: needs 5 updates, and participants.min is 2: raise it")
    write(tmp_path, GOOD | {"aggregation": {"rule": "median"}})
    file, _ = taskfile.read(tmp_path / "task.yaml")
    assert file.aggregation.rule.name == "median"


def test_limits_are_compared_though_another_key_is_wrong(tmp_path: Path) -> None:
    limits = {"min": 3, "max": 2, "join_seconds": "soon"}
    assert len(problems(tmp_path, changed("participants", to=limits))) == 2


def test_parameters_are_compared_with_the_schema_though_one_is_wrong(tmp_path: Path) -> None:
    parameters = {"inputs": 60, "hidden": [0], "classes": 10}
    assert problems(tmp_path, changed("model", "parameters", to=parameters)) == [
        "model.parameters.hidden.0: must be greater than or equal to 1 (got 0)",
        "model.parameters.inputs: 60, but features of shape [64] are 64 numbers",
    ]


class Careless(ModelParameters):
    """Of a package: one function was never tried, another finds fault with the whole."""

    sensors: int = 3

    @model_validator(mode="after")
    def _odd(self) -> Self:
        if self.sensors % 2 == 0:
            raise ValueError("so many sensors are never there")
        return self

    def misfits(self, schema: Schema) -> list[str]:
        return [f"sensors: {schema.features.shape[self.sensors]}"]


@pytest.mark.parametrize(
    ("sensors", "problem"),
    [
        (3, "model.parameters: model careless v1: its misfits fails: IndexError: tuple index out"),
        (4, "model.parameters: so many sensors are never there"),
    ],
)
def test_the_code_of_a_packages_model_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sensors: int, problem: str
) -> None:
    careless = ModelDefinition("careless", 1, Careless, lambda _: None)  # type: ignore[arg-type, return-value]
    monkeypatch.setattr(registry, "definitions", lambda: {("careless", 1): careless})
    model = {"name": "careless", "version": 1, "parameters": {"sensors": sensors}}
    (only,) = problems(tmp_path, changed("model", to=model))
    assert only.startswith(problem)


def test_validation_data_that_do_not_fit_name_row_and_column(tmp_path: Path) -> None:
    rows = ["a,b,y", "1,2,0", "3,oops,1"]
    (tmp_path / "test.csv").write_text("\n".join(rows) + "\n")
    document = changed("validation", "source", to={"kind": "csv", "path": "test.csv", "label": "y"})
    document["data"] = {"schema": {"features": {"shape": [2]}, "labels": {"classes": 2}}}
    document["model"]["parameters"] = {"inputs": 2, "classes": 2}
    (only,) = problems(tmp_path, document)
    assert only.startswith("validation.source: ")
    assert "row 2" in only
    assert "'b'" in only


def test_validation_data_are_read_beside_the_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "test.npz", x=np.ones((4, 2), np.float32), y=np.array([0, 1, 0, 1]))
    document = changed("validation", "source", to={"kind": "npz", "path": "test.npz"})
    document["data"] = {"schema": {"features": {"shape": [2]}, "labels": {"classes": 2}}}
    document["model"]["parameters"] = {"inputs": 2, "classes": 2}
    _, validation = taskfile.read(write(tmp_path, document))
    assert validation is not None
    assert len(validation) == 4


INITIAL = Artifact(digest=sha("model 0"), size=10)


def test_decimals_are_text_on_the_ledger(tmp_path: Path) -> None:
    file, _ = taskfile.read(write(tmp_path, GOOD))
    definition = define(file, INITIAL, None, "requester").model_dump(mode="json", by_alias=True)
    assert definition["training"]["learning_rate"] == "0.1"
    assert definition["training"]["momentum"] == "0.8"
    assert definition["target_accuracy_ppm"] == 950_000
    assert not any(isinstance(value, float) for value in _leaves(definition))


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [value]


def test_decimals_keep_every_digit() -> None:
    given = {"rate": 0.1, "list": [1, 2.5, {"x": 1e-7}], "flag": True, "none": None}
    expected = {"rate": "0.1", "list": [1, "2.5", {"x": "1e-07"}], "flag": True, "none": None}
    assert exact(given) == expected


def test_the_definition_names_schema_and_artifacts_by_digest(tmp_path: Path) -> None:
    file, _ = taskfile.read(write(tmp_path, GOOD))
    validation = Artifact(digest=sha("validation"), size=20)
    definition = define(file, INITIAL, validation, "requester")
    assert definition.initial_model == INITIAL
    assert definition.validation == validation
    assert definition.data.schema_digest == file.data.schema_.digest
    assert definition.archive == "requester"


def test_the_file_of_the_reference_is_right(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "task-file.md"
    _, _, rest = page.read_text().partition("```yaml\n")
    file, _ = taskfile.read(write(tmp_path, rest.partition("```")[0]))
    assert file.title == "Handwritten digits"


def test_the_reference_names_every_key(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "task-file.md").read_text()
    for name, field in taskfile.TaskFile.model_fields.items():
        sections = getattr(field.annotation, "model_fields", {})
        for key, inner in sections.items():
            assert f"`{name}.{inner.alias or key}`" in page
        if not sections:
            assert f"`{name}" in page
