"""Before each training the owner's policy is asked again."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from provider_node.site import Site
from provider_node.work.training import train
from tests.unit.provider_node.test_site import site
from tests.unit.provider_node.worlds import round_, view
from weftwork.errors import RefusedError
from weftwork.ledger.records import Receipt


class Tasks:
    """Notes who leaves, and why."""

    def __init__(self) -> None:
        self.left: list[tuple[str, str]] = []

    async def leave(self, task: str, reason: str) -> Receipt:
        self.left.append((task, reason))
        return Receipt(outcome="recorded", transaction_id="tx")


def node(folder: Path, tasks: Tasks) -> Site:
    ledger = cast("Any", SimpleNamespace(tasks=tasks))
    snapshots = cast("Any", SimpleNamespace(outdate=lambda _: None))
    whole = site(folder, policy=folder / "policy.yaml")
    return replace(whole, ledger=ledger, snapshots=snapshots)


async def test_a_task_that_it_has_come_to_forbid_is_left(tmp_path: Path) -> None:
    """All may read that; which rule it is, only the owner."""
    (tmp_path / "policy.yaml").write_text("requesters: [another-buyer]\n")
    tasks = Tasks()
    with capture_logs() as lines:
        await train(node(tmp_path, tasks), view("f2", newest=round_()))
    assert tasks.left == [("digits-1", "the owner's policy no longer allows it")]
    [line] = [one for one in lines if one["event"] == "left"]
    assert line["reason"] == (
        "requesters: the task's requester is 'req'; the policy allows 'another-buyer'"
    )


async def test_a_mistake_in_it_ends_no_participation(tmp_path: Path) -> None:
    """Leaving is final: the training waits until the file is mended."""
    (tmp_path / "policy.yaml").write_text("requesters: another-buyer\n")
    tasks = Tasks()
    with pytest.raises(RefusedError, match="nothing is allowed until it is mended"):
        await train(node(tmp_path, tasks), view("f2", newest=round_()))
    assert tasks.left == []
