"""The model card: what a model file is, and where the ledger says so. Reference: requester-cli.md.

It holds nothing but what the ledger holds, so that fetching a model twice gives the same bytes.
"""

from collections.abc import Sequence
from typing import Any

import yaml

from requester_cli import units
from requester_cli.contributions import promise
from weftwork.ledger.records import RoundRecord, Task
from weftwork.units import MILLION

VERSION = 1
WHERE_THERE_ARE = ("rejected", "missing", "contributions", "replaced", "faults")
HEADING = "# A model trained with Weftwork. Every value below is recorded on the ledger.\n"


def card(task: Task, records: Sequence[RoundRecord], file_name: str) -> str:
    """The card of a finished task's final model as YAML."""
    document = {
        "model_card": VERSION,
        "task": _task(task),
        "model": _model(task, file_name),
        "training": task.definition.training.model_dump(mode="json"),
        "privacy": _privacy(task),
        "data": _data(task),
        "participants": [_participant(task, name, records) for name in task.participants],
        "rounds": [_round(record) for record in records],
    }
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return HEADING + text


def _task(task: Task) -> dict[str, Any]:
    definition = task.definition
    return {
        "id": task.id,
        "title": definition.title,
        "description": definition.description,
        "purpose": definition.purpose,
        "usage_rules": definition.usage_rules,
        "requester": task.requester,
        "requester_msp": task.requester_msp,
        "published_at": units.iso(task.published_at_ms),
        "finished_at": units.iso(task.ended_at_ms),
        "transactions": task.transactions.model_dump(),
    }


def _model(task: Task, file_name: str) -> dict[str, Any]:
    spec = task.definition.model
    return {
        "file": file_name,
        "sha256": task.model.digest,
        "size": task.model.size,
        "definition": spec.model_dump(mode="json"),
        "accuracy": _accuracy(task.accuracy_ppm),
        "initial_sha256": task.definition.initial_model.digest,
    }


def _data(task: Task) -> dict[str, Any]:
    data, validation = task.definition.data, task.definition.validation
    return {
        "schema": data.schema_,
        "schema_sha256": data.schema_digest,
        "validation_sha256": validation.digest if validation else None,
    }


def _privacy(task: Task) -> dict[str, Any] | None:
    """What the task asked for, and what that means; None where updates were not private."""
    asked = task.definition.privacy
    return {"statement": promise(asked)} | asked.model_dump(mode="json") if asked else None


def _participant(task: Task, name: str, records: Sequence[RoundRecord]) -> dict[str, Any]:
    joined = next(one for one in task.joined if one.participant == name)
    left = next((one.reason for one in task.left if one.participant == name), None)
    found: dict[str, Any] = {"name": name, "msp": joined.msp_id, "samples": joined.join.samples}
    spent = [
        one.privacy for record in records for one in record.submitted if one.participant == name
    ]
    if spent and spent[-1].mode != "none":
        found["privacy_spent"] = spent[-1].model_dump(mode="json")
    return found | ({"left": left} if left is not None else {})


def _round(record: RoundRecord) -> dict[str, Any]:
    found = {
        "round": record.round,
        "leader": record.leader,
        "committee": record.committee,
        "accuracy": _accuracy(record.accuracy_ppm),
        "accepted": record.contributors,
        "rejected": {one.participant: one.reason for one in record.rejected},
        "missing": record.missing,
        "contributions": _contributions(record),
        "replaced": {one.participant: one.fault for one in record.replaced},
        "faults": {one.participant: one.fault for one in record.faults},
        "sha256": record.digest,
        "transaction": record.tx_id,
        "committed_at": units.iso(record.committed_at_ms),
    }
    return {key: value for key, value in found.items() if value or key not in WHERE_THERE_ARE}


def _contributions(record: RoundRecord) -> dict[str, float]:
    """What each update took off the loss; nothing where that was not measured."""
    added = {one.participant: one.contribution_micro / MILLION for one in record.accepted}
    return added if any(added.values()) else {}


def _accuracy(ppm: int) -> float | None:
    """A fraction of 1; None where it was not measured."""
    return None if ppm < 0 else ppm / MILLION
