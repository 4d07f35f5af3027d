"""What can go wrong in learning beside a bad data set.

WeftworkError
├── ConfigError
│   └── ModelError        1 no such model, or parameters that it does not take
├── IntegrityError
│   └── WeightsError      2 a weights file does not hold the tensors that the model has
└── DivergedError         3 training left the finite numbers

Exit codes are those of the parent classes.
"""

from weftwork.errors import ConfigError, IntegrityError, WeftworkError


class ModelError(ConfigError):
    """No such model, or parameters that it does not take; every problem is listed."""


class WeightsError(IntegrityError):
    """A weights file cannot be read, or does not hold the tensors that the model has."""


class DivergedError(WeftworkError):
    """The loss became NaN or infinite; a smaller learning rate would be right."""
