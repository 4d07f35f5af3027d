"""A task's privacy section as the ledger has it: epsilon in whole millionths, the rest as text."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from weftwork.learning.privacy.parameters import PrivacyParameters

__all__ = ["from_record", "in_millionths", "to_record"]

MICRO = 1_000_000


def to_record(parameters: PrivacyParameters) -> dict[str, Any] | None:
    """What a definition holds of `parameters`; None where there is no privacy."""
    if parameters.epsilon is None:
        return None
    content = parameters.model_dump(mode="json", exclude={"epsilon"})
    return content | {"epsilon_micro": in_millionths(parameters.epsilon)}


def from_record(record: Mapping[str, Any] | None) -> PrivacyParameters:
    """The parameters of a definition; raises `ValidationError` for what cannot be followed."""
    if record is None or record.get("mode") == "none":
        return PrivacyParameters()
    content = dict(record)
    epsilon = Decimal(content.pop("epsilon_micro", 0)) / MICRO
    return PrivacyParameters.model_validate(content | {"epsilon": epsilon})


def in_millionths(epsilon: float | Decimal) -> int:
    """Rounded up: what is recorded is never less than what was spent."""
    return int((Decimal(epsilon) * MICRO).to_integral_value(ROUND_CEILING))
