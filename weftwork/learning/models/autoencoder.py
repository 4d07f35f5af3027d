"""`autoencoder` v1: reconstructs a sample from the few numbers of a bottleneck.

Trained on normal samples only, it reconstructs an anomaly badly: the error is the anomaly's score.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from weftwork.learning.data.schema import Objective, Schema
from weftwork.learning.models import counts, fit
from weftwork.learning.models.definition import ModelDefinition, ModelParameters

if TYPE_CHECKING:
    from torch import nn

Width = Annotated[int, Field(ge=1, le=65536)]


class AutoencoderParameters(ModelParameters):
    """The sample's shape; the widths from it to the bottleneck, which are those back as well."""

    shape: tuple[Width, ...] = Field(min_length=1, max_length=4)
    hidden: tuple[Width, ...] = Field((64,), max_length=8)
    bottleneck: Width = 8

    def misfits(self, schema: Schema) -> list[str]:
        """The schema's features must have `shape`, and nothing beside them is to be learnt."""
        found = fit.shaped("shape", self.shape, schema.features)
        if schema.objective is not Objective.RECONSTRUCTION:
            found.append(
                f"shape: samples are reconstructed, but the schema has {fit.counted(schema)}; "
                "leave labels and targets out"
            )
        return found + super().misfits(schema)

    @property
    def widths(self) -> tuple[int, ...]:
        """From the flattened sample through the bottleneck to the flattened sample."""
        down = (math.prod(self.shape), *self.hidden)
        return (*down, self.bottleneck, *reversed(down))

    def weights(self) -> int:
        """A matrix and a bias from each width to the next."""
        return counts.denses(self.widths)


def build(parameters: AutoencoderParameters) -> nn.Module:
    """(n, *shape) -> (n, *shape); ReLU after all layers but the bottleneck and the last."""
    from torch import nn

    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    bottleneck = len(parameters.hidden) + 1
    for i, (width, following) in enumerate(pairwise(parameters.widths), start=1):
        layers[f"dense{i}"] = nn.Linear(width, following)
        if i not in (bottleneck, 2 * bottleneck):
            layers[f"relu{i}"] = nn.ReLU()
    layers["shape"] = nn.Unflatten(1, parameters.shape)
    return nn.Sequential(layers)


AUTOENCODER = ModelDefinition("autoencoder", 1, AutoencoderParameters, build)
