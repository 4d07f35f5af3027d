"""What a model is: a name, a version, typed parameters, and a function that builds the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import index
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from weftwork.config import Strict
from weftwork.learning.data.schema import Schema
from weftwork.learning.errors import ModelError, first_line
from weftwork.learning.models import fit
from weftwork.names import NAME_RULE, Name, is_name

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
        """Why data of this schema cannot go through the model; empty if it can.

        Parameters called `classes`, `outputs` and `vocabulary` (of tokens) are compared here. A
        model that knows more about its data adds to these.
        """
        return fit.by_name(self, schema)

    def weights(self) -> int | None:
        """How many numbers the network's tensors hold, counted without building it.

        None, for a model that cannot say: then a network without numbers is built and rehearsed.
        """
        return None


@dataclass(frozen=True)
class ModelDefinition:
    """A model that a site has installed.

    `build` maps validated parameters to a network from samples (n, *schema.features.shape) to
    (n, *schema.outputs). It imports torch in its body, so that parameters can be checked without.
    A published (name, version) never changes what it computes; a change is a new version.
    Raises `ModelError` for what is no definition, and from each method for what the model's own
    code gets wrong: the code is another package's, and may do anything.
    """

    name: str
    version: int
    parameters: type[ModelParameters]
    build: Callable[[Any], nn.Module]

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not is_name(self.name):
            raise ModelError(f"model {self.name!r}: its name {NAME_RULE}")
        if not isinstance(self.version, int) or not 1 <= self.version <= 1_000_000:
            raise ModelError(f"model {self.name}: version {self.version!r} must be 1 to 1,000,000")
        if not isinstance(self.parameters, type) or not issubclass(
            self.parameters, ModelParameters
        ):
            raise ModelError(f"model {self.name}: parameters must be a class of ModelParameters")
        if not callable(self.build):
            raise ModelError(f"model {self.name}: build must be a function of the parameters")

    def validated(self, given: dict[str, Any]) -> ModelParameters:
        """The parameters `given`; pydantic's `ValidationError` lists what they have wrong."""
        with self._calling("validation of the parameters", ValidationError):
            return self.parameters.model_validate(given)

    def misfits(self, parameters: ModelParameters, schema: Schema) -> list[str]:
        """What the parameters say of data of this schema."""
        with self._calling("misfits"):
            found = parameters.misfits(schema)
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise ModelError(f"{self}: its misfits gives {found!r}; a list of texts is needed")
        return found

    def obstacle(self, parameters: ModelParameters, schema: Schema | None = None) -> str:
        """Why the network cannot be used with these parameters; empty if it can.

        It must be small enough to travel. One that does not count its weights is rehearsed, which
        imports torch: it must build, and turn samples of `schema` into outputs of its shape.
        """
        count = self._weights(parameters)
        if count is not None:
            return _oversize(count)
        from weftwork.learning.models import rehearsal

        fitting = schema if schema and not self.misfits(parameters, schema) else None
        try:
            network = rehearsal.built(self.build, parameters)
            rehearsal.check(network, fitting)
        except ModelError as error:
            return str(error)
        return _oversize(rehearsal.numbers(network))

    def network(self, parameters: ModelParameters) -> nn.Module:
        """The network with torch's default initial weights; imports torch."""
        from weftwork.learning.models import rehearsal

        try:
            return rehearsal.in_earnest(self.build, parameters)
        except ModelError as error:
            raise ModelError(f"{self}: {error}") from error

    def __str__(self) -> str:
        return f"model {self.name} v{self.version}"

    def _weights(self, parameters: ModelParameters) -> int | None:
        with self._calling("weights"):
            count = parameters.weights()
            return None if count is None else index(count)

    @contextmanager
    def _calling(self, function: str, expected: type[Exception] = ModelError) -> Iterator[None]:
        try:
            yield
        except (ModelError, expected):
            raise
        except Exception as error:
            raise ModelError(
                f"{self}: its {function} fails: {type(error).__name__}: {first_line(error)}"
            ) from error


def _oversize(weights: int) -> str:
    size = BYTES_PER_WEIGHT * weights
    if size <= MAX_BYTES:
        return ""
    return f"{weights:,} weights are {size:,} bytes; a model has at most {MAX_BYTES:,}"
