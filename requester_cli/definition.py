"""From a task file to the definition that the ledger records. Pure."""

from typing import Any

from requester_cli.taskfile import TaskFile
from requester_cli.units import PPM
from weftwork.errors import ConfigError
from weftwork.ledger.records import Artifact, TaskDefinition

# The ledger's bound on a definition as JSON.
MAX_BYTES = 64 * 1024


def define(
    file: TaskFile, initial_model: Artifact, validation: Artifact | None, archive: str
) -> TaskDefinition:
    """The definition; `ConfigError` if it is larger than the ledger takes."""
    schema = file.data.schema_
    definition = TaskDefinition.model_validate(
        {
            **file.model_dump(include={"title", "description", "purpose", "usage_rules"}),
            "model": exact(file.model.model_dump(mode="json")),
            "initial_model": initial_model,
            "validation": validation,
            "training": file.training.model_dump(mode="json"),
            "data": {
                "schema": exact(schema.model_dump(mode="json", exclude_none=True)),
                "schema_digest": schema.digest,
            },
            "participants": file.participants.model_dump(),
            "round_seconds": file.round_seconds,
            "target_accuracy_ppm": int(file.target_accuracy * PPM),
            "reward": file.reward.model_dump(),
            "archive": archive,
        }
    )
    size = len(definition.to_json().encode())
    if size > MAX_BYTES:
        raise ConfigError(
            f"the task is {size} bytes on the ledger, which takes {MAX_BYTES};"
            " shorten description, usage_rules or model.parameters"
        )
    return definition


def exact(value: Any) -> Any:
    """`value` with decimals as text: the ledger holds no floating-point number."""
    if isinstance(value, dict):
        return {key: exact(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [exact(one) for one in value]
    return repr(value) if isinstance(value, float) else value
