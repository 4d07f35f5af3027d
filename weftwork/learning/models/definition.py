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
