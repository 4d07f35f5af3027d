"""What is shown of a task's terms."""

from typing import Any

import pytest

from requester_cli import tasks
from tests.unit.requester_cli.examples import task
from weftwork.ledger import Refused
from weftwork.ledger.records import TaskDefinition

PRIVATE = {"mode": "ddp-sgd", "epsilon_micro": 2_500_000, "delta": "1e-5"}
PAPERS = (
    "ddp-sgd-paper: epsilon 2.5, delta 0.00001, add-or-remove-one sample;"
    " last-epoch epsilon, no formal guarantee for the model"
)


def shown(key: str, **terms: Any) -> str:
    found = task()
    changed = found.definition.model_dump(by_alias=True) | terms
    definition = TaskDefinition.model_validate(changed)
    return dict(tasks._facts(found.model_copy(update={"definition": definition})))[key]


@pytest.mark.parametrize(
    ("privacy", "line"),
    [
        (PRIVATE, "ddp-sgd: epsilon 2.5, delta 0.00001, add-or-remove-one sample"),
        (PRIVATE | {"mode": "ddp-sgd-paper"}, PAPERS),
        (None, "none: updates are not private, no formal guarantee"),
        ({"mode": "none"}, "none: updates are not private, no formal guarantee"),
        (PRIVATE | {"mode": "new"}, "terms that this version does not know; --json has them"),
    ],
)
def test_the_privacy_that_a_task_asks_for(privacy: dict[str, Any] | None, line: str) -> None:
    assert shown("privacy", privacy=privacy) == line


def test_strategies_are_named_in_their_order() -> None:
    assert shown("training").startswith("dlmu with fedprox, rounds 3, ")


def test_why_a_task_is_not_cancelled_once_its_last_round_is_committed() -> None:
    why = tasks.explained(Refused("guard last-is-not-final: x", "PRECONDITION_FAILED"), "digits-1")
    assert (why.code, why.exit_code) == ("PRECONDITION_FAILED", 5)
    assert str(why).startswith("digits-1: its last round is committed, and so nothing is left")
    other = Refused("task digits-1 is FINISHED", "ILLEGAL_TRANSITION")
    assert tasks.explained(other, "digits-1") is other
