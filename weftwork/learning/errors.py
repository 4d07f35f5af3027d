"""What can go wrong in learning beside a bad data set.

WeftworkError
├── ConfigError
│   └── ModelError                 3  no such model, or one that cannot be used
│       └── UnsupportedLayerError  3  a layer whose gradients cannot be kept apart by sample
├── DataError
│   └── UnusableUpdateError        9  an update that cannot be a part of an aggregate
├── IntegrityError
│   └── WeightsError               7  a weights file does not hold the tensors that the model has
├── EnvironmentFaultError
│   └── LostMemberError           10  a process that trains with this one is gone, or silent
└── DivergedError                  1  training left the finite numbers

The numbers are exit codes, those of the parent classes.
"""

from typing import Self

from weftwork.errors import (
    ConfigError,
    DataError,
    EnvironmentFaultError,
    IntegrityError,
    WeftworkError,
)


class ModelError(ConfigError):
    """No such model, or one that cannot be used or trained so; every problem is listed."""


class UnusableUpdateError(DataError):
    """An update that is to be aggregated does not fit its task; the message says why."""


class WeightsError(IntegrityError):
    """A weights file cannot be read, or does not hold the tensors that the model has."""


class LostMemberError(EnvironmentFaultError):
    """Another process of the same training is gone, or did not answer in time."""


class DivergedError(WeftworkError):
    """The loss became NaN or infinite; a smaller learning rate would be right."""


class UnsupportedLayerError(ModelError):
    """A model that cannot be trained privately; each layer is named, with what would be right."""

    @classmethod
    def mixed(cls, layer: str, shape: tuple[int, ...], batch: int, samples: int) -> Self:
        """A layer whose output has another number than `samples` in its dimension of samples."""
        return cls(
            f"layer {layer}: its output has shape {list(shape)}, but dimension {batch} should be "
            f"the {samples} samples of the batch; keep samples apart and first"
        )


def first_line(error: BaseException) -> str:
    """What an error of torch, or of a model's own code, says in short: torch's own have pages."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
