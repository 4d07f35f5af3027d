"""What a model is: a name, a version, typed parameters, and a function that builds the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from weftwork.config import Strict
from weftwork.learning.data.schema import Schema
from weftwork.names import Name

if TYPE_CHECKING:
    from torch import nn

BYTES_PER_WEIGHT = 4  # float32
# A model travels as an artifact of at most 2 GiB, which also holds the names of its tensors.
MAX_BYTES = (2 << 30) - (1 << 20)


class ModelSpec(Strict):
    """A model as a task names it. `parameters` are checked by the definition, not here."""

    name: Name
    version: int = Field(ge=1, le=1_000_000)
    parameters: dict[str, Any] = Field(default_factory=dict)


class ModelParameters(Strict):
    """The parameters of a model. Bound every size: a task comes from somebody else."""

    def misfits(self, schema: Schema) -> list[str]:
        """Why data of this schema cannot go through the model; empty if it can."""
        raise NotImplementedError

    def weights(self) -> int:
        """How many numbers the network's tensors hold, counted without building it."""
        raise NotImplementedError

    def oversize(self) -> str:
        """Why the model cannot travel; empty if it can."""
        size = BYTES_PER_WEIGHT * self.weights()
        if size <= MAX_BYTES:
            return ""
        return f"{self.weights():,} weights are {size:,} bytes; a model has at most {MAX_BYTES:,}"


@dataclass(frozen=True)
class ModelDefinition:
    """A model that a site has installed.

    `build` maps validated parameters to a network from (n, *schema.features.shape) float32 to
    (n, classes) logits. It imports torch in its body, so that parameters can be checked without.
    A published (name, version) never changes what it computes; a change is a new version.
    """

    name: str
    version: int
    parameters: type[ModelParameters]
    build: Callable[[Any], nn.Module]
