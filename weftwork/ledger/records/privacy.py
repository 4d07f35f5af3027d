"""What the ledger knows of privacy: an epsilon at a delta, in a mode that gives both their meaning.

The ledger compares modes and deltas as texts: a joining and an update repeat the task's own.
"""

from typing import Any

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from weftwork.ledger.records.base import Record
from weftwork.names import Name

__all__ = ["Privacy", "PrivacyAmount", "PrivacyBudget", "PrivacySpend"]

NONE = "none"


class PrivacyAmount(Record):
    """An epsilon in millionths; in the mode `none` there is none, and it is not written."""

    mode: Name = NONE
    epsilon_micro: int = Field(0, ge=0, le=10**12)
    delta: str = Field("", description="a decimal, such as 1e-5")

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        absent = {"epsilon_micro", "delta"} if self.mode == NONE else set()
        return {key: value for key, value in written.items() if key not in absent}


class Privacy(PrivacyAmount):
    """What a task asks for: the largest budget. Keys that a mode adds are kept as they are."""

    model_config = ConfigDict(extra="allow")


class PrivacyBudget(PrivacyAmount):
    """What a provider grants when it joins: the task's mode and delta, its epsilon or less."""


class PrivacySpend(PrivacyAmount):
    """What a provider has spent in a task, up to and with an update; further keys are kept."""

    model_config = ConfigDict(extra="allow")
