"""`mlp` v1: fully connected layers with ReLU between them; the input is flattened."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from weftwork.learning.data.schema import Schema
from weftwork.learning.models import counts, fit
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
        return fit.flattened("inputs", self.inputs, schema.features) + super().misfits(schema)

    def weights(self) -> int:
        """A matrix and a bias from each width to the next."""
        return counts.denses((self.inputs, *self.hidden, self.classes))


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
