"""What nobody owes."""

import pytest

from provider_node.duties import DONE, TABLES, owed
from tests.unit.provider_node.worlds import (
    task,
    view,
)


@pytest.mark.parametrize("role", ["provider", "archive"])
@pytest.mark.parametrize("state", ["CANCELLED", "HALTED"])
def test_nobody_owes_anything_to_a_task_that_was_given_up(role: str, state: str) -> None:
    assert owed(view(role=role, of=task(state))) == DONE


def test_a_provider_owes_nothing_to_a_finished_task() -> None:
    assert ("provider", "FINISHED") not in TABLES
