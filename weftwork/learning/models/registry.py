"""The models that this site has installed: our own, and those of installed packages."""

from __future__ import annotations

from functools import cache
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
from weftwork.learning.models.packages import Offered, offered
from weftwork.learning.models.resnet import RESNET8, RESNET18
from weftwork.learning.models.sensor_cnn import SENSOR_CNN
from weftwork.learning.models.sensor_gru import SENSOR_GRU
from weftwork.learning.models.shakespeare_lstm import SHAKESPEARE_LSTM
from weftwork.learning.models.tabular_mlp import TABULAR_MLP
from weftwork.learning.models.vgg9 import VGG9

if TYPE_CHECKING:
    from torch import nn

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
def of_packages() -> tuple[Offered, ...]:
    """What installed packages offer, in the order of their entry points' names."""
    return offered(BUILT_IN)


@cache
def definitions() -> dict[Key, ModelDefinition]:
    """Every model that can be used, by (name, version)."""
    usable = (one.model for one in of_packages() if one.model and not one.problem)
    return {(model.name, model.version): model for model in (*BUILT_IN, *usable)}


def definition_of(name: str, version: int) -> ModelDefinition:
    """The model; where there is none, `ModelError` says why, or which are installed."""
    known = definitions()
    if (name, version) in known:
        return known[name, version]
    broken = [one for one in of_packages() if one.problem]
    if meant := [one.problem for one in broken if name in one.names]:
        raise ModelError("; ".join(meant))
    installed = ", ".join(f"{name} v{version}" for name, version in sorted(known))
    others = "".join(f"; not usable: {one.entry} of {one.package}" for one in broken)
    raise ModelError(f"there is no model {name} v{version}; installed: {installed}{others}")


def problems(spec: ModelSpec, schema: Schema | None = None) -> list[str]:
    """Everything wrong with `spec`, and with it for data of `schema`; empty if nothing is.

    Each line names the parameter and what would be right. Imports torch only for a package's model
    that does not count its own weights.
    """
    try:
        parameters = _parameters(spec)
        definition = definition_of(spec.name, spec.version)
        misfits = definition.misfits(parameters, schema) if schema else []
        obstacle = definition.obstacle(parameters, schema)
    except ModelError as error:
        return list(error.problems) or [str(error)]
    return misfits + ([f"parameters: {obstacle}"] if obstacle else [])


def build(spec: ModelSpec) -> nn.Module:
    """The network of `spec` with torch's default initial weights; `ModelError` if it is wrong."""
    parameters = _parameters(spec)
    return definitions()[spec.name, spec.version].network(parameters)


def outline(spec: ModelSpec) -> nn.Module:
    """The network without its numbers, or with them where it cannot be built without."""
    parameters = _parameters(spec)
    definition = definitions()[spec.name, spec.version]
    from weftwork.learning.models import rehearsal

    try:
        return rehearsal.built(definition.build, parameters)
    except ModelError:
        return definition.network(parameters)


def _parameters(spec: ModelSpec) -> ModelParameters:
    definition = definition_of(spec.name, spec.version)
    try:
        return definition.validated(spec.parameters)
    except ValidationError as error:
        found = tuple(_problem(item, definition) for item in error.errors())
        raise ModelError(str(definition), found) from error


def _problem(item: ErrorDetails, definition: ModelDefinition) -> str:
    key = ".".join(str(part) for part in item["loc"]) or "parameters"
    return f"{key}: {words(item, definition.parameters)}"
