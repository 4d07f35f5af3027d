"""The models that this site has installed: our own, and those of installed packages.

A package adds one by an entry point of the group `weftwork.models` whose object is a
`ModelDefinition`:

    [project.entry-points."weftwork.models"]
    pump-net = "pumps.model:PUMP_NET"
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from weftwork.config.mistakes import words
from weftwork.learning.data.schema import Schema
from weftwork.learning.errors import ModelError
from weftwork.learning.models.autoencoder import AUTOENCODER
from weftwork.learning.models.cifar_cnn import CIFAR_CNN
from weftwork.learning.models.cnn import CNN
from weftwork.learning.models.definition import ModelDefinition, ModelParameters, ModelSpec
from weftwork.learning.models.femnist_lenet import FEMNIST_LENET
from weftwork.learning.models.mlp import MLP
from weftwork.learning.models.resnet import RESNET8, RESNET18
from weftwork.learning.models.sensor_cnn import SENSOR_CNN
from weftwork.learning.models.sensor_gru import SENSOR_GRU
from weftwork.learning.models.shakespeare_lstm import SHAKESPEARE_LSTM
from weftwork.learning.models.tabular_mlp import TABULAR_MLP
from weftwork.learning.models.vgg9 import VGG9

if TYPE_CHECKING:
    from torch import nn

GROUP = "weftwork.models"

BUILT_IN = (
    MLP,
    TABULAR_MLP,
    SENSOR_CNN,
    SENSOR_GRU,
    AUTOENCODER,
    CNN,
    FEMNIST_LENET,
    CIFAR_CNN,
    VGG9,
    RESNET8,
    RESNET18,
    SHAKESPEARE_LSTM,
)

Key = tuple[str, int]


@cache
def definitions() -> dict[Key, ModelDefinition]:
    """Every installed model by (name, version); `ModelError` if a package's cannot be used."""
    found = {(model.name, model.version): model for model in BUILT_IN}
    for entry in entry_points(group=GROUP):
        model = _load(entry)
        if found.setdefault((model.name, model.version), model) is not model:
            raise ModelError(
                f"entry point {entry.name} = {entry.value}: "
                f"there is a model {model.name} v{model.version} already; give it another name"
            )
    return found


def _load(entry: EntryPoint) -> ModelDefinition:
    try:
        model = entry.load()
    except Exception as error:  # another package's code: it may raise anything
        raise ModelError(f"entry point {entry.name} = {entry.value}: {error}") from error
    if not isinstance(model, ModelDefinition):
        raise ModelError(
            f"entry point {entry.name} = {entry.value}: "
            f"is a {type(model).__name__}, where a ModelDefinition is needed"
        )
    return model


def definition_of(name: str, version: int) -> ModelDefinition:
    """The model; `ModelError` names those that are installed where it is not one of them."""
    known = definitions()
    if (name, version) not in known:
        installed = ", ".join(f"{name} v{version}" for name, version in sorted(known))
        raise ModelError(f"there is no model {name} v{version}; installed: {installed}")
    return known[name, version]


def problems(spec: ModelSpec, schema: Schema | None = None) -> list[str]:
    """Everything wrong with `spec`, and with it for data of `schema`; empty if nothing is.

    Each line names the parameter and what would be right. Imports torch only for a package's model
    that does not count its own weights.
    """
    try:
        parameters = _parameters(spec)
    except ModelError as error:
        return list(error.problems) or [str(error)]
    obstacle = definition_of(spec.name, spec.version).obstacle(parameters, schema)
    return [
        *(parameters.misfits(schema) if schema else ()),
        *([f"parameters: {obstacle}"] if obstacle else ()),
    ]


def build(spec: ModelSpec) -> nn.Module:
    """The network of `spec` with torch's default initial weights; `ModelError` if it is wrong."""
    parameters = _parameters(spec)
    return definitions()[spec.name, spec.version].build(parameters)


def outline(spec: ModelSpec) -> nn.Module:
    """The network without its numbers, or with them where it cannot be built without."""
    parameters = _parameters(spec)
    definition = definitions()[spec.name, spec.version]
    from weftwork.learning.models import rehearsal

    try:
        return rehearsal.built(definition.build, parameters)
    except ModelError:
        return definition.build(parameters)


def _parameters(spec: ModelSpec) -> ModelParameters:
    definition = definition_of(spec.name, spec.version)
    try:
        return definition.parameters.model_validate(spec.parameters)
    except ValidationError as error:
        found = tuple(_problem(item, definition) for item in error.errors())
        raise ModelError(f"model {spec.name} v{spec.version}", found) from error


def _problem(item: ErrorDetails, definition: ModelDefinition) -> str:
    key = ".".join(str(part) for part in item["loc"])
    return f"{key}: {words(item, definition.parameters)}"
