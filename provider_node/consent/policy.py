"""The policy file: which tasks a node may take part in, whatever the ledger says.

Every key is a limit, and a task must be within all of them; a key that is left out limits nothing.
A file of its own, so that those who answer for the use of data can sign it off, and nobody else
need touch it.
"""

import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, field_validator

from weftwork.config import Strict
from weftwork.learning.privacy.parameters import Epsilon, Mode
from weftwork.names import Name

__all__ = ["Policy", "PrivacyRules"]

T = TypeVar("T")

_MODEL = re.compile(r"[a-z0-9.*?\[\]!-]+(@([0-9]+|\*))?")


def _some_text(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _model_pattern(text: str) -> str:
    if not _MODEL.fullmatch(text):
        raise ValueError("must be NAME or NAME@VERSION, such as mlp@1 or sensor-*")
    return text


def _something(listed: tuple[T, ...]) -> tuple[T, ...]:
    if not listed:
        raise ValueError("lists nothing: list at least one, or leave the key out to limit nothing")
    return listed


Listed = Annotated[tuple[T, ...], AfterValidator(_something)]
Text = Annotated[str, AfterValidator(_some_text)]
Count = Annotated[int, Field(ge=1)]


class _Limits(Strict):
    """A key without a value would limit nothing, which is hardly what its writer meant."""

    @field_validator("*", mode="before")
    @classmethod
    def _given(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("has no value: give one, or leave the key out to limit nothing")
        return value


class PrivacyRules(_Limits):
    """What a task must promise; `node.yaml`'s own `privacy` limits hold beside it.

    `max_epsilon` is refused to a task that asks for more, and to one without privacy, which has no
    bound at all.
    """

    require: Listed[Mode] | None = Field(None, description="privacy.mode must be one of these")
    max_epsilon: Epsilon | None = Field(None, description="of a whole task")


class Policy(_Limits):
    """One owner's rules. Texts and patterns are compared exactly, upper and lower case too."""

    requesters: Listed[Name] | None = Field(None, description="participant names")
    organisations: Listed[Text] | None = Field(None, description="MSP IDs of requesters")
    purposes: Listed[Text] | None = Field(None, description="whole texts, or patterns with * and ?")
    models: Listed[Annotated[str, AfterValidator(_model_pattern)]] | None = Field(
        None, description="NAME or NAME@VERSION, or patterns"
    )
    max_rounds: Count | None = None
    max_local_epochs: Count | None = Field(None, description="of one round")
    max_total_epochs: Count | None = Field(None, description="rounds times local epochs")
    max_round_seconds: Count | None = None
    min_participants: Count | None = Field(None, description="the least participants.min")
    privacy: PrivacyRules = PrivacyRules()
