"""A task's privacy section as the ledger has it: epsilon in whole millionths, the rest as text."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.statement import micro
from weftwork.units import MILLION

__all__ = ["epsilon_of", "from_record", "to_record"]


def to_record(parameters: PrivacyParameters) -> dict[str, Any] | None:
    """What a definition holds of `parameters`; None where there is no privacy."""
    if parameters.epsilon is None:
        return None
    content = parameters.model_dump(mode="json", exclude={"epsilon"})
    return content | {"epsilon_micro": micro(float(parameters.epsilon))}


def from_record(record: Mapping[str, Any] | None) -> PrivacyParameters:
    """The parameters of a definition; raises `ValidationError` for what cannot be followed."""
    if record is None or record.get("mode") == "none":
        return PrivacyParameters()
    content = dict(record)
    content["epsilon"] = epsilon_of(content.pop("epsilon_micro", 0))
    return PrivacyParameters.model_validate(content)


def epsilon_of(millionths: int) -> Decimal:
    """An epsilon of the ledger."""
    return Decimal(millionths) / MILLION
