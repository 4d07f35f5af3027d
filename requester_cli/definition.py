"""From a task file to the definition that the ledger records. Pure."""

from requester_cli.recordable import exact
from requester_cli.taskfile import TaskFile
from weftwork.learning.privacy.record import to_record
from weftwork.ledger.records import Artifact, TaskDefinition
from weftwork.units import MILLION


def define(
    file: TaskFile, initial_model: Artifact, validation: Artifact | None, archive: str
) -> TaskDefinition:
    """The definition; with any artifacts it is one that the ledger takes."""
    schema = file.data.schema_
    return TaskDefinition.model_validate(
        {
            **file.model_dump(include={"title", "description", "purpose", "usage_rules"}),
            "model": exact(file.model.model_dump(mode="json")),
            "initial_model": initial_model,
            "validation": validation,
            "training": file.training.model_dump(mode="json"),
            "privacy": to_record(file.privacy),
            "data": {
                "schema": exact(schema.model_dump(mode="json", exclude_none=True)),
                "schema_digest": schema.digest,
            },
            "participants": file.participants.model_dump(),
            "round_seconds": file.round_seconds,
            "target_accuracy_ppm": int(file.target_accuracy * MILLION),
            "reward": file.reward.model_dump(),
            "archive": archive,
        }
    )
