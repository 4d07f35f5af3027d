"""`pump-net`: two convolutions along the time of a window, whose mean tells the pump's state."""

from typing import Any

from pydantic import Field

from weftwork.learning.models import ModelDefinition, ModelParameters


class PumpNetParameters(ModelParameters):
    """What a task may choose, within bounds: a task comes from somebody else."""

    sensors: int = Field(ge=1, le=64)
    filters: int = Field(16, ge=1, le=256)
    classes: int = Field(ge=2, le=64)


def build(parameters: PumpNetParameters) -> Any:
    """(n, sensors, length) -> (n, classes)."""
    from torch import nn  # in here, so that parameters can be checked without torch

    filters = parameters.filters
    return nn.Sequential(
        *(nn.Conv1d(parameters.sensors, filters, 5), nn.ReLU()),
        *(nn.Conv1d(filters, filters, 5), nn.ReLU()),
        *(nn.AdaptiveAvgPool1d(1), nn.Flatten()),
        nn.Linear(filters, parameters.classes),
    )


PUMP_NET = ModelDefinition("pump-net", 1, PumpNetParameters, build)
