"""A task's terms are believed only when everything in them is right."""

from typing import Any

import pytest

from provider_node.terms import Terms
from tests.unit.provider_node.worlds import definition
from weftwork.errors import ConfigError
from weftwork.learning.data import Schema
from weftwork.ledger.records import TaskDefinition

SCHEMA = {"features": {"shape": [64]}, "labels": {"classes": 10}}
DIGEST = Schema.model_validate(SCHEMA).digest


def terms(**changes: Any) -> Terms:
    data = {"schema": SCHEMA, "schema_digest": DIGEST}
    return Terms.of(TaskDefinition.model_validate(definition(**{"data": data, **changes})))


def test_good_terms_are_read() -> None:
    found = terms()
    assert found.model.name == "mlp"
    assert found.training.rounds == 2
    assert found.schema.digest == DIGEST


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": {"name": "gpt"}}, "there is no model gpt v1"),
        ({"model": {"name": "mlp", "parameters": {"inputs": 9, "classes": 10}}}, "inputs"),
        (
            {"model": {"name": "mlp", "parameters": {"inputs": 64, "hidden": [65536] * 2}}},
            "classes",
        ),
        (
            {
                "model": {
                    "name": "mlp",
                    "parameters": {"inputs": 64, "hidden": [65536] * 2, "classes": 10},
                }
            },
            "a model has at most",
        ),
        ({"training": {"rounds": 2, "seed": 1, "magic": 3}}, "magic"),
        ({"training": {"rounds": 2, "strategy": [{"name": "fedsgd"}]}}, "strategy"),
        ({"data": {"schema": SCHEMA, "schema_digest": "0" * 64}}, "is not the digest"),
        ({"data": {"schema": {"x": 1}, "schema_digest": DIGEST}}, "features"),
    ],
)
def test_others_are_refused_with_the_reason(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match="terms cannot be followed") as caught:
        terms(**changes)
    assert said in str(caught.value)
