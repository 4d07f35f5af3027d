"""The examples of docs/reference/models-and-data.md are what the code takes."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from pydantic import TypeAdapter
from torch import nn

from weftwork.learning.data import Features, Labels, Schema, Source
from weftwork.learning.errors import ModelError
from weftwork.learning.models import (
    ModelDefinition,
    ModelParameters,
    ModelSpec,
    definitions,
    problems,
    registry,
)
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.training.inspection import require_trainable

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "models-and-data.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)


EXAMPLES: dict[str, Any] = {
    key: value for block in blocks("yaml") for key, value in yaml.safe_load(block).items()
}


def test_the_examples_are_those_that_are_checked_here() -> None:
    assert sorted(EXAMPLES) == ["data", "model", "schema", "training"]


def test_the_model_can_be_built() -> None:
    assert problems(ModelSpec.model_validate(EXAMPLES["model"])) == []


def test_the_schemas_are_some() -> None:
    documents = [yaml.safe_load(block) for block in blocks("yaml")]
    schemas = [Schema.model_validate(one["schema"]) for one in documents if "schema" in one]
    assert [schema.objective for schema in schemas] == ["classification", "regression"]


def test_every_kind_of_source_is_shown() -> None:
    read = TypeAdapter[Source](Source).validate_python
    sources = [read(entry["source"]) for entry in EXAMPLES["data"]]
    assert [s.kind for s in sources] == [
        "builtin",
        "folder",
        "csv",
        "parquet",
        "windows",
        "npz",
        "idx",
        "leaf",
    ]


def test_the_training_parameters_are_taken() -> None:
    TrainingParameters.model_validate(EXAMPLES["training"])


def test_every_model_has_its_row() -> None:
    rows = re.findall(r"^\| `([a-z0-9.-]+)` (\d+) \|", PAGE.read_text("utf-8"), re.M)
    assert sorted((name, int(version)) for name, version in rows) == sorted(definitions())


def pumps(sensors: int) -> Schema:
    return Schema(features=Features(shape=(sensors,)), labels=Labels(classes=2))


@pytest.fixture
def own() -> dict[str, Any]:
    """The names that the page's own model defines."""
    names: dict[str, Any] = {}
    for code in blocks("python"):
        exec(code, names)  # noqa: S102 - the page's own example
    return names


def test_the_model_of_your_own_works(own: dict[str, Any]) -> None:
    model = own["FAN_NET"]
    assert isinstance(model, ModelDefinition)
    parameters = model.parameters.model_validate({"sensors": 3})
    assert model.build(parameters)(torch.zeros(5, 3)).shape == (5, 2)
    assert parameters.misfits(pumps(3)) == []
    assert model.obstacle(parameters, pumps(3)) == ""


def test_your_own_model_can_count_for_itself(own: dict[str, Any]) -> None:
    parameters = own["CheckedFanNetParameters"](sensors=3)
    network = own["build"](parameters)
    assert parameters.weights() == sum(weight.numel() for weight in network.parameters())
    assert parameters.misfits(pumps(3)) == []
    assert parameters.misfits(pumps(4)) == ["sensors: 3, but samples have shape [4]"]


def _refusal_of_batch_norm(monkeypatch: pytest.MonkeyPatch) -> str:
    def build(_: object) -> nn.Module:
        return nn.Sequential(nn.Linear(3, 10), nn.BatchNorm1d(10), nn.Linear(10, 2))

    model = ModelDefinition("normed-net", 1, ModelParameters, build)
    monkeypatch.setattr(registry, "definitions", lambda: {("normed-net", 1): model})
    with pytest.raises(ModelError) as caught:
        require_trainable(ModelSpec(name="normed-net", version=1), pumps(3), "none", single=True)
    return str(caught.value).partition(";")[0]


def test_what_is_wrong_with_your_own_model_is_said_as_shown(
    own: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (shown,) = re.findall(r"What is wrong is one line:\n\n((?:    .*\n)+)", PAGE.read_text("utf-8"))
    classes, through, single, name = shown.splitlines()
    model, parameters = own["FAN_NET"], own["FanNetParameters"]
    (misfit,) = parameters(sensors=4, classes=3).misfits(pumps(4))
    assert classes == f"    model.parameters.{misfit}"
    obstacle = model.obstacle(parameters(sensors=3), pumps(4))
    assert (
        through.split("network: ")[0] == f"    model.parameters: {obstacle}".split("network: ")[0]
    )
    assert single.startswith(f"    {_refusal_of_batch_norm(monkeypatch)}; use another batch_size")
    with pytest.raises(ModelError) as caught:
        ModelDefinition("Fan Net", 1, parameters, own["build"])
    assert name.endswith(f"fans.model:FAN_NET: {caught.value}")
