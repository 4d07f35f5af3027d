"""What the types of a task file cannot see: one part that contradicts another.

Each check reads what it needs from the file as it was written and is silent where that is wrong in
itself, since the types say so already. That way a file's every mistake is found in one reading.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from requester_cli.recordable import PROSE, unrecordable
from weftwork.config.mistakes import Location, words
from weftwork.downloads import resolved
from weftwork.errors import WeftworkError
from weftwork.learning.aggregation.rules import RuleOptions
from weftwork.learning.data import Dataset, Schema, Source, load
from weftwork.learning.errors import ModelError
from weftwork.learning.models import ModelDefinition, ModelParameters, definition_of
from weftwork.learning.parameters import Strategies
from weftwork.learning.privacy.parameters import Mode, PrivacyParameters
from weftwork.learning.strategies.composition import problems

Finding = tuple[Location, str]

DOWNLOADS = user_cache_path("weftwork") / "downloads"

PARAMETERS = ("model", "parameters")


class Consistency:
    """Checks one file; afterwards `validation` holds its validation data, if they could be read."""

    def __init__(self) -> None:
        self.validation: Dataset | None = None

    def check(self, data: dict[str, Any], base: Path) -> Iterator[Finding]:
        """Every contradiction in `data`; relative paths in it are relative to `base`."""
        schema = _parse(Schema, _at(data, "data", "schema"), base)
        yield from _participants(data)
        yield from _target(data)
        yield from _reward(data, base)
        yield from _rule(data, base)
        yield from _model(data, schema)
        yield from _strategy(data, schema, base)
        yield from unrecordable({location: _at(data, *location) for location in PROSE})
        yield from self._validation(data, schema, base)

    def _validation(
        self, data: dict[str, Any], schema: Schema | None, base: Path
    ) -> Iterator[Finding]:
        source: Source | None = _parse(Source, _at(data, "validation", "source"), base)
        if source is None or schema is None:
            return
        try:
            self.validation = load(resolved(source, DOWNLOADS), schema)
        except WeftworkError as error:
            yield ("validation", "source"), str(error)


def _participants(data: dict[str, Any]) -> Iterator[Finding]:
    low, high = _at(data, "participants", "min"), _at(data, "participants", "max")
    if _is_count(low) and _is_count(high) and low > high:
        yield (
            ("participants", "max"),
            f"must be at least participants.min, which is {low} (got {high})",
        )


def _target(data: dict[str, Any]) -> Iterator[Finding]:
    if data.get("target_accuracy") and data.get("validation") is None:
        message = "needs validation data to be measured on: add validation.source"
        yield ("target_accuracy",), message


def _reward(data: dict[str, Any], base: Path) -> Iterator[Finding]:
    """Contributions are measured on validation data; providers may add theirs in mode none."""
    privacy = _parse(PrivacyParameters, data.get("privacy") or {}, base)
    private = privacy is not None and privacy.mode != "none"
    if private and _at(data, "reward", "amount") and data.get("validation") is None:
        yield (
            ("reward", "amount"),
            "nobody would earn it: contributions to a private task are measured on its validation"
            " data; add validation.source",
        )


def _rule(data: dict[str, Any], base: Path) -> Iterator[Finding]:
    """A round may have no more updates than the fewest that it can be closed with."""
    rule = _parse(RuleOptions, _at(data, "aggregation", "rule"), base)
    low = _at(data, "participants", "min")
    if rule is not None and _is_count(low) and rule.least > low:
        yield (
            ("aggregation", "rule"),
            f"needs {rule.least} updates, and participants.min is {low}: raise it, or choose a"
            " rule or options that need fewer",
        )


def _strategy(data: dict[str, Any], schema: Schema | None, base: Path) -> Iterator[Finding]:
    strategies = _parse(Strategies, _at(data, "training", "strategy"), base)
    privacy = _parse(PrivacyParameters, data.get("privacy") or {}, base)
    mode: Mode = privacy.mode if privacy else "none"
    for problem in problems(strategies, schema, mode) if strategies and schema else ():
        yield ("training", "strategy"), problem


def _model(data: dict[str, Any], schema: Schema | None) -> Iterator[Finding]:
    name, version = _at(data, "model", "name"), _at(data, "model", "version")
    if not isinstance(name, str) or not _is_count(version):
        return
    try:
        definition = definition_of(name, version)
    except ModelError as error:
        yield ("model", "name"), str(error)
        return
    parameters = _at(data, *PARAMETERS)
    try:
        yield from _parameters(definition, {} if parameters is None else parameters, schema)
    except ModelError as error:  # of the model's own code
        yield PARAMETERS, str(error)


def _parameters(
    definition: ModelDefinition, given: Any, schema: Schema | None
) -> Iterator[Finding]:
    if not isinstance(given, dict):
        return
    parameters, errors = _validate(definition, given)
    for item in errors:
        yield (*PARAMETERS, *item["loc"]), words(item, definition.parameters)
    wrong = {str(item["loc"][0]) for item in errors if item["loc"]}
    if wrong:  # the parameters that are right may contradict the schema nevertheless
        parameters, _ = _validate(definition, {k: v for k, v in given.items() if k not in wrong})
    for misfit in definition.misfits(parameters, schema) if parameters and schema else ():
        keys, _, message = misfit.partition(": ")
        if wrong.isdisjoint(keys.split(", ")):
            yield (*PARAMETERS, keys), message
    if parameters and not wrong and (reason := definition.obstacle(parameters, schema)):
        yield PARAMETERS, reason


def _validate(
    definition: ModelDefinition, given: dict[str, Any]
) -> tuple[ModelParameters | None, list[ErrorDetails]]:
    try:
        return definition.validated(given), []
    except ValidationError as error:
        return None, error.errors()


def _parse(kind: Any, value: Any, base: Path) -> Any:
    """`value` as a `kind`, or None where it is none."""
    try:
        return TypeAdapter(kind).validate_python(value, context={"base": base})
    except ValidationError:
        return None


def _at(data: Any, *keys: int | str) -> Any:
    """What stands under `keys`, or None."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
