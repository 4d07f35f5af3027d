"""Models are definitions by name and version with typed parameters; code never travels."""

from weftwork.learning.models.definition import ModelDefinition, ModelParameters, ModelSpec
from weftwork.learning.models.packages import Offered
from weftwork.learning.models.registry import (
    build,
    definition_of,
    definitions,
    of_packages,
    outline,
    problems,
)

__all__ = [
    "ModelDefinition",
    "ModelParameters",
    "ModelSpec",
    "Offered",
    "build",
    "definition_of",
    "definitions",
    "of_packages",
    "outline",
    "problems",
]
