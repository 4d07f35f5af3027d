"""The examples of docs/reference/models-and-data.md are what the code takes."""

import re
from pathlib import Path
from typing import Any

import torch
import yaml
from pydantic import TypeAdapter

from weftwork.learning.data import Features, Labels, Schema, Source
from weftwork.learning.models import ModelDefinition, ModelSpec, definitions, problems
from weftwork.learning.parameters import TrainingParameters

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


def test_the_schema_is_one() -> None:
    assert Schema.model_validate(EXAMPLES["schema"]).labels.names == ("sound", "worn", "broken")


def test_every_kind_of_source_is_shown() -> None:
    read = TypeAdapter[Source](Source).validate_python
    sources = [read(entry["source"]) for entry in EXAMPLES["data"]]
    assert [s.kind for s in sources] == ["builtin", "folder", "csv", "parquet", "npz"]


def test_the_training_parameters_are_taken() -> None:
    TrainingParameters.model_validate(EXAMPLES["training"])


def test_every_model_has_its_row() -> None:
    rows = re.findall(r"^\| `([a-z0-9.-]+)` (\d+) \|", PAGE.read_text("utf-8"), re.M)
    assert sorted((name, int(version)) for name, version in rows) == sorted(definitions())


def test_the_model_of_your_own_works() -> None:
    (code,) = blocks("python")
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - the page's own example
    model = names["PUMP_NET"]
    assert isinstance(model, ModelDefinition)
    parameters = model.parameters.model_validate({"sensors": 3})
    network = model.build(parameters)
    assert network(torch.zeros(5, 3)).shape == (5, 2)
    assert parameters.weights() == sum(weight.numel() for weight in network.parameters())
    fitting, other = (
        Schema(features=Features(shape=shape), labels=Labels(classes=2)) for shape in ((3,), (4,))
    )
    assert parameters.misfits(fitting) == []
    assert parameters.misfits(other) == ["sensors: 3, but samples have shape (4,)"]
