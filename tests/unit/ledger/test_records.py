import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from weftwork.canonical import digest
from weftwork.ledger.records import (
    DataSpec,
    Join,
    Participant,
    Receipt,
    Task,
    TaskDefinition,
    Training,
    Update,
)

DIGEST = "0" * 64
DEFINITION: dict[str, Any] = {
    "title": "Digits",
    "model": {"name": "mlp", "version": 1, "parameters": {"hidden": [64]}},
    "initial_model": {"digest": DIGEST, "size": 1},
    "training": {
        "strategy": [{"name": "dlmu", "tau": "0.8"}, {"name": "fedprox", "mu": "0.01"}],
        "rounds": 10,
        "learning_rate": "0.1",
        "momentum": "0.8",
    },
    "privacy": {"mode": "ddp-sgd", "epsilon_micro": 3_000_000, "delta": "1e-5", "clip": "1.5"},
    "data": {"schema": {"classes": 10}, "schema_digest": DIGEST},
    "participants": {"min": 3, "max": 3, "join_seconds": 60},
    "round_seconds": 120,
    "archive": "requester",
}


def test_a_definition_survives_the_ledger() -> None:
    definition = TaskDefinition.model_validate(DEFINITION)
    assert TaskDefinition.model_validate_json(definition.to_json()) == definition
    written = definition.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert written == DEFINITION


def test_decimals_travel_as_strings() -> None:
    training = Training.model_validate({"rounds": 1, "learning_rate": 0.1})
    assert training.learning_rate == Decimal("0.1")
    assert '"learning_rate":"0.1"' in training.to_json()


def test_keys_that_a_strategy_adds_are_kept() -> None:
    training = Training.model_validate({"rounds": 1, "beta": "0.5"})
    assert '"beta":"0.5"' in training.to_json()


@pytest.mark.parametrize("strategy", [[], [{"name": "fedavg"}] * 9, [5], 5])
def test_a_task_has_one_to_eight_strategies(strategy: object) -> None:
    with pytest.raises(ValidationError, match="strategy"):
        Training.model_validate({"rounds": 1, "strategy": strategy})


def test_a_task_older_than_lists_of_strategies_is_read() -> None:
    training = Training.model_validate({"rounds": 1, "strategy": "fedavg"})
    assert training.strategy == [{"name": "fedavg"}]


def test_the_schema_keeps_its_name_on_the_ledger() -> None:
    assert DataSpec(schema_={"a": 1}, schema_digest=DIGEST).to_json() == (
        '{"schema":{"a":1},"schema_digest":"' + DIGEST + '"}'
    )


def test_unknown_fields_of_a_later_chaincode_are_ignored() -> None:
    record = {"name": "a", "msp_id": "A", "common_name": "n", "role": "provider", "certificate": ""}
    assert Participant.model_validate({**record, "stake": 5}).name == "a"


def test_records_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Receipt(outcome="recorded").outcome = "already-recorded"  # type: ignore[misc]


@pytest.mark.parametrize("digest", ["", "0" * 63, "G" * 64, "A" * 64])
def test_a_digest_is_lowercase_hex(digest: str) -> None:
    with pytest.raises(ValidationError, match="digest"):
        Update(digest=digest, size=1, samples=1, base_digest=DIGEST, signature="")


def test_a_participant_has_a_name_that_the_ledger_takes() -> None:
    record = {"name": "../a", "msp_id": "A", "common_name": "n", "role": "", "certificate": ""}
    with pytest.raises(ValidationError, match="a-z, 0-9, dot and dash"):
        Participant.model_validate(record)


def test_a_tasks_own_digest_is_of_all_that_was_read() -> None:
    whole = DEFINITION | {"of_another_version": {"b": 1, "a": ["é"]}}
    content = {
        "id": "digits-1",
        "state": "PUBLISHED",
        "requester": "buyer",
        "requester_msp": "BuyerMSP",
        "definition": whole,
        "definition_digest": "f" * 64,
        "definition_document": {"title": "another"},
        "published_at_ms": 1,
        "join_deadline_ms": 2,
        "model": {"digest": DIGEST, "size": 1},
    }
    for task in (Task.model_validate(content), Task.model_validate_json(json.dumps(content))):
        assert task.own_digest == digest(whole)
        assert task.definition_digest == "f" * 64
        assert "definition_document" not in task.model_dump()


def test_a_joining_older_than_signed_acceptances_is_read() -> None:
    old = {"data_type": "x", "samples": 1, "schema_digest": DIGEST, "accepts_usage_rules": True}
    assert Join.model_validate(old).acceptance == ""
