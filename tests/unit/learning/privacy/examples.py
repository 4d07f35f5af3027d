"""Plans and trainings that several tests share."""

from dataclasses import dataclass

from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.plan import Plan


@dataclass(frozen=True)
class Training:
    """What a plan looks at."""

    rounds: int = 10
    local_epochs: int = 3
    batch_size: int = 32


def privacy(**changes: object) -> PrivacyParameters:
    """A private task, with some values changed. RDP is the quicker accountant."""
    values: dict[str, object] = {
        "mode": "ddp-sgd",
        "epsilon": "4",
        "delta": "1e-5",
        "accountant": "rdp",
    }
    return PrivacyParameters.model_validate(values | changes)


def plan(samples: int = 500, training: Training | None = None, **changes: object) -> Plan:
    """A plan for that task."""
    return Plan.of(privacy(**changes), training or Training(), samples)
