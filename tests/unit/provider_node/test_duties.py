"""What nobody owes, and what all owe to a task that has ended."""

import pytest

from provider_node.duties import DONE, owed
from provider_node.steps import Count
from tests.unit.provider_node.worlds import journal, task, view
from weftwork.ledger.records import Task

ENDED = ["FINISHED", "CANCELLED", "HALTED"]


def ended(state: str, *uncounted: str, **rest: object) -> Task:
    changes = {"participants": ["f1", "f2", "f3"], "uncounted": list(uncounted)}
    return task(state, **rest).model_copy(update=changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["provider", "archive"])
@pytest.mark.parametrize("state", ["CANCELLED", "HALTED"])
def test_nobody_owes_anything_to_a_task_that_never_started(role: str, state: str) -> None:
    assert owed(view(role=role, of=task(state))) == DONE


@pytest.mark.parametrize("state", ENDED)
def test_all_see_to_it_that_reputations_are_counted(state: str) -> None:
    of = ended(state, "f2MSP", "f3MSP")
    kept = journal().with_kept(1, "0" * 64)
    wanted = (Count("f2MSP"), Count("f3MSP"))
    assert owed(view("f1", of=of)).steps == wanted
    assert owed(view("archive", role="archive", of=of, notes=kept)).steps == wanted


@pytest.mark.parametrize("state", ENDED)
def test_once_they_are_all_is_done(state: str) -> None:
    kept = journal().with_kept(1, "0" * 64)
    assert owed(view("f1", of=ended(state))) == DONE
    assert owed(view("archive", role="archive", of=ended(state), notes=kept)) == DONE


@pytest.mark.parametrize("state", ENDED)
def test_who_left_or_never_took_part_counts_nothing(state: str) -> None:
    assert owed(view("f1", of=ended(state, "f2MSP", left=["f1"]))) == DONE
    assert owed(view("f4", of=ended(state, "f2MSP"))) == DONE
    assert owed(view("elsewhere", role="archive", of=ended(state, "f2MSP"))) == DONE
