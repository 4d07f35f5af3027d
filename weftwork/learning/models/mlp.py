"""`mlp` v1: fully connected layers with ReLU between them; the input is flattened."""

from __future__ import annotations

import math
from collections import OrderedDict
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from weftwork.learning.data.schema import Schema
from weftwork.learning.models.definition import ModelDefinition, ModelParameters

if TYPE_CHECKING:
    from torch import nn

Width = Annotated[int, Field(ge=1, le=65536)]


class MlpParameters(ModelParameters):
    """Layer widths: `inputs` -> each of `hidden` -> `classes`."""

    inputs: Width
    hidden: tuple[Width, ...] = Field((64,), max_length=16)
    classes: int = Field(ge=2, le=65536)

    def misfits(self, schema: Schema) -> list[str]:
        """The schema's features, flattened, must be `inputs`, and its classes `classes`."""
        found = []
        size = math.prod(schema.features.shape)
        if size != self.inputs:
            shape = list(schema.features.shape)
            found.append(f"inputs: {self.inputs}, but features of shape {shape} are {size} numbers")
        if schema.labels.classes != self.classes:
            found.append(f"classes: {self.classes}, but the schema has {schema.labels.classes}")
        return found

    def weights(self) -> int:
        """A matrix and a bias from each width to the next."""
        widths = (self.inputs, *self.hidden, self.classes)
        return sum((width + 1) * following for width, following in pairwise(widths))


def build(parameters: MlpParameters) -> nn.Module:
    """(n, ...) -> (n, classes) logits."""
    from torch import nn

    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    width = parameters.inputs
    for i, hidden in enumerate(parameters.hidden, start=1):
        layers[f"hidden{i}"] = nn.Linear(width, hidden)
        layers[f"relu{i}"] = nn.ReLU()
        width = hidden
    layers["output"] = nn.Linear(width, parameters.classes)
    return nn.Sequential(layers)


MLP = ModelDefinition("mlp", 1, MlpParameters, build)
