"""`sensor-cnn` v1: convolutions along the time of a window of sensor readings.

Finds patterns wherever in the window they are: what is left of it is averaged over time.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from weftwork.learning.data.schema import Schema
from weftwork.learning.models import counts
from weftwork.learning.models.definition import ModelDefinition
from weftwork.learning.models.windows import WindowParameters

if TYPE_CHECKING:
    from torch import nn

Filters = Annotated[int, Field(ge=1, le=4096)]


class SensorCnnParameters(WindowParameters):
    """`filters` of each convolution, which halves the window, and their length in readings."""

    filters: tuple[Filters, ...] = Field((32, 64), min_length=1, max_length=8)
    kernel: Literal[3, 5, 7, 9, 11, 15, 21, 31] = 5

    def misfits(self, schema: Schema) -> list[str]:
        """A window must be long enough to be halved by each convolution."""
        found = super().misfits(schema)
        least = 2 ** len(self.filters)
        if not found and schema.features.shape[1] < least:
            found.append(
                f"filters: {len(self.filters)} of them need windows of at least {least} readings, "
                f"but the schema's have {schema.features.shape[1]}"
            )
        return found

    def weights(self) -> int:
        """The convolutions and the output."""
        convolutions = counts.convolutions((self.channels, *self.filters), self.kernel)
        return convolutions + counts.dense(self.filters[-1], self.outputs)


def build(parameters: SensorCnnParameters) -> nn.Module:
    """(n, channels, length) -> (n, outputs)."""
    from torch import nn

    from weftwork.learning.models.layers import Mean

    kernel = parameters.kernel
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    widths = pairwise((parameters.channels, *parameters.filters))
    for i, (width, following) in enumerate(widths, start=1):
        layers[f"conv{i}"] = nn.Conv1d(width, following, kernel, padding=kernel // 2)
        layers[f"relu{i}"] = nn.ReLU()
        layers[f"pool{i}"] = nn.MaxPool1d(2)  # halves the length
    layers["mean"] = Mean()
    layers["output"] = nn.Linear(parameters.filters[-1], parameters.outputs)
    return nn.Sequential(layers)


SENSOR_CNN = ModelDefinition("sensor-cnn", 1, SensorCnnParameters, build)
