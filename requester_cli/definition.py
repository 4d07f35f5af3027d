"""From a task file to the definition that the ledger records. Pure."""

from typing import Any

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
            "governance": _governance(file),
            "aggregation": file.aggregation.model_dump(mode="json")
            | {"least": file.aggregation.rule.least},
            "archive": archive,
        }
    )


def _governance(file: TaskFile) -> dict[str, Any]:
    section = file.governance
    return {
        "committee": section.committee,
        "stage_seconds": section.stage_seconds,
        "contribution": section.contribution.model_dump(mode="json"),
        "fees": {
            "committee_ppm": int(section.fees.committee * MILLION),
            "leader_ppm": int(section.fees.leader * MILLION),
        },
    }
