"""A task's learning terms, read with suspicion: they come from another organisation."""

from dataclasses import dataclass
from typing import Self

from pydantic import TypeAdapter, ValidationError

from weftwork.errors import ConfigError
from weftwork.learning import terms
from weftwork.learning.aggregation.rules import Rule, RuleOptions
from weftwork.learning.data import Schema
from weftwork.learning.judging.parameters import JudgingParameters
from weftwork.learning.models import ModelSpec, problems
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.privacy.record import from_record
from weftwork.learning.strategies.composition import problems as strategy_problems
from weftwork.ledger.records import TaskDefinition

__all__ = ["Terms"]

RULE: TypeAdapter[Rule] = TypeAdapter(RuleOptions)


@dataclass(frozen=True)
class Terms(terms.Terms):
    """A task's terms, installed here and consistent."""

    @classmethod
    def of(cls, definition: TaskDefinition) -> Self:
        """The terms of `definition`; `ConfigError` lists why this node cannot follow them."""
        privacy = definition.privacy.model_dump() if definition.privacy else None
        try:
            its = cls(
                ModelSpec.model_validate(definition.model.model_dump()),
                TrainingParameters.model_validate(definition.training.model_dump()),
                from_record(privacy),
                Schema.model_validate(definition.data.schema_),
                RULE.validate_python(definition.aggregation.rule),
                definition.aggregation.cap_ratio,
                JudgingParameters(contribution=definition.governance.contribution),
            )
        except ValidationError as error:
            found = tuple(_line(item["loc"], item["msg"]) for item in error.errors())
            raise ConfigError("the task's terms cannot be followed", found) from error
        wrong = problems(its.model, its.schema)
        wrong += strategy_problems(its.training.strategy, its.schema, its.privacy.mode)
        if its.schema.digest != definition.data.schema_digest:
            wrong.append("data.schema_digest: is not the digest of data.schema")
        if wrong:
            raise ConfigError("the task's terms cannot be followed", tuple(wrong))
        return its


def _line(location: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(str(part) for part in location)}: {message}"
