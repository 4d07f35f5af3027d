"""How a machine carries a training out: what no task says, and what the bits depend on."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from weftwork.config import Precision, arithmetic
from weftwork.errors import EnvironmentFaultError
from weftwork.learning.errors import first_line
from weftwork.learning.precision import Forward, rounded
from weftwork.learning.training.group import ALONE, Group

__all__ = ["Execution"]


@dataclass(frozen=True)
class Execution:
    """By how many processes, in which precision, and whether compiled by `torch.compile`.

    A process works on `physical_batch` samples at once at most, and on a batch of more in parts.

    `bfloat16` rounds what goes into the products of forward and backward passes; weights, norms,
    sums and noise are float32 all the same. Steps that are private by the sample are not compiled:
    the engine takes the place of the layers' own forward passes.
    """

    group: Group = ALONE
    precision: Precision = "float32"
    compiled: bool = False
    physical_batch: int | None = None

    @property
    def name(self) -> str:
        """Empty for the defaults; others have other bits, and must not share noise with them."""
        return arithmetic(self.group.size, self.precision, self.compiled, self.physical_batch)

    def forward(self, model: nn.Module) -> Forward:
        """What to call in the place of `model` in a plain step."""
        return rounded(_Compiled(model) if self.compiled else model, self.precision)


class _Compiled:
    """A model by `torch.compile`, which compiles it when it is first called, for seconds.

    Once for each shape of a batch: kernels for any shape would be used or not according to which
    shape came first, and a training that is resumed would not end with the bits of one that is not.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._run: Any = None

    def __call__(self, x: Tensor) -> Tensor:
        """Outputs (n, ...); raises `EnvironmentFaultError` where nothing can be compiled."""
        if self._run is None:
            torch._dynamo.reset()  # what is left of another training would count as shapes of this
            self._run = torch.compile(self._model, dynamic=False)
        try:
            output: Tensor = self._run(x)
        except torch._dynamo.exc.TorchDynamoException as error:
            raise EnvironmentFaultError(
                f"the model cannot be compiled ({first_line(error)});"
                " install a C++ compiler (g++), or set compile: false"
            ) from error
        return output
