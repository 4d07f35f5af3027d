"""`tabular-mlp` v1: dense layers of one width for the columns of a table, with LayerNorm.

With `residual` each layer adds to what the one before it gave, so that deep ones learn; so does the
ResNet for tables of Gorishniy et al. 2021, there with BatchNorm.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from pydantic import Field

from weftwork.learning.data.schema import Schema
from weftwork.learning.models import counts, fit
from weftwork.learning.models.definition import ModelDefinition, ModelParameters

if TYPE_CHECKING:
    from torch import nn


class TabularMlpParameters(ModelParameters):
    """The table's columns, the layers' width and number, and the number of classes or targets."""

    inputs: int = Field(ge=1, le=65536)
    width: int = Field(64, ge=2, le=65536)
    layers: int = Field(2, ge=1, le=64)
    residual: bool = True
    outputs: int = Field(ge=1, le=65536)

    def misfits(self, schema: Schema) -> list[str]:
        """The schema's features, flattened, must be `inputs`."""
        return fit.flattened("inputs", self.inputs, schema.features) + super().misfits(schema)

    def weights(self) -> int:
        """The input, the layers with their norms, the last norm and the output."""
        norm, layer = 2 * self.width, counts.dense(self.width, self.width)
        ends = counts.dense(self.inputs, self.width) + counts.dense(self.width, self.outputs)
        return ends + self.layers * (norm + layer) + norm


def build(parameters: TabularMlpParameters) -> nn.Module:
    """(n, ...) -> (n, outputs)."""
    from torch import nn

    from weftwork.learning.models.layers import Residual

    width = parameters.width
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        flatten=nn.Flatten(), input=nn.Linear(parameters.inputs, width)
    )
    for i in range(1, parameters.layers + 1):
        layer = OrderedDict(norm=nn.LayerNorm(width), dense=nn.Linear(width, width), relu=nn.ReLU())
        body = nn.Sequential(layer)
        layers[f"layer{i}"] = Residual(body) if parameters.residual else body
    layers["norm"] = nn.LayerNorm(width)
    layers["output"] = nn.Linear(width, parameters.outputs)
    return nn.Sequential(layers)


TABULAR_MLP = ModelDefinition("tabular-mlp", 1, TabularMlpParameters, build)
