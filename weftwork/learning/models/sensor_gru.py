"""`sensor-gru` v1: a window of sensor readings, read from its first step to its last."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from pydantic import Field

from weftwork.learning.models import counts
from weftwork.learning.models.definition import ModelDefinition
from weftwork.learning.models.windows import WindowParameters

if TYPE_CHECKING:
    from torch import nn


class SensorGruParameters(WindowParameters):
    """The width of the state that is carried from step to step, and how many GRUs are stacked."""

    hidden: int = Field(64, ge=1, le=4096)
    layers: int = Field(1, ge=1, le=8)

    def weights(self) -> int:
        """The GRU and the output."""
        recurrent = counts.recurrent(3, self.channels, self.hidden, self.layers)
        return recurrent + counts.dense(self.hidden, self.outputs)


def build(parameters: SensorGruParameters) -> nn.Module:
    """(n, channels, length) -> (n, outputs), from the state after the last step."""
    from torch import nn

    from weftwork.learning.models.layers import LastStep, Steps

    hidden = parameters.hidden
    return nn.Sequential(
        OrderedDict(
            steps=Steps(),
            gru=nn.GRU(parameters.channels, hidden, parameters.layers, batch_first=True),
            last=LastStep(),
            output=nn.Linear(hidden, parameters.outputs),
        )
    )


SENSOR_GRU = ModelDefinition("sensor-gru", 1, SensorGruParameters, build)
