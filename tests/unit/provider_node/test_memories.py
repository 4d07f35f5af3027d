"""What strategies remember: per task and round, privately, and never from a later round."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from provider_node.memories import Memories, Past
from provider_node.view import Me
from provider_node.work.training import past_of, warn_of_loss
from tests.unit.learning.examples import training


@pytest.fixture
def memories(tmp_path: Path) -> Memories:
    return Memories(tmp_path / "memory")


def written(memories: Memories, task: str, number: int) -> Path:
    path = memories.place(task, number)
    path.write_bytes(b"memory")
    return path


def test_a_task_begins_without(memories: Memories) -> None:
    assert memories.before("t", 1) == Past(None, gap=False)
    assert memories.before("t", 5) == Past(None, gap=False)


def test_a_round_done_again_rests_on_the_one_before_it(memories: Memories) -> None:
    first = written(memories, "t", 1)
    second = written(memories, "t", 2)
    assert memories.before("t", 2) == Past(first, gap=False, round=1)
    assert memories.before("t", 3) == Past(second, gap=False, round=2)
    assert memories.before("another", 3) == Past(None, gap=False)


def test_a_round_that_was_missed_is_a_gap(memories: Memories) -> None:
    first = written(memories, "t", 1)
    assert memories.before("t", 3) == Past(first, gap=True, round=1)


def site_of(memories: Memories, accepted: dict[int, list[str]]) -> Any:
    """The node f1, and a ledger whose rounds accepted these."""

    async def get(_: str, number: int) -> Any:
        return SimpleNamespace(record=SimpleNamespace(contributors=accepted[number]))

    ledger = SimpleNamespace(rounds=SimpleNamespace(get=get))
    return SimpleNamespace(ledger=ledger, memories=memories, me=Me("f1", "provider"))


@pytest.mark.parametrize(
    ("strategy", "made", "left", "begins"),
    [
        ("scaffold", [1, 2, 3], [], {"of_round": 2, "begins": "anew: scaffold.control"}),
        ("feddyn", [1, 3, 4], [], {"of_round": 1, "begins": "anew: feddyn.gradient"}),
        ("dlmu", [1, 2, 3], [1], {"of_round": 2, "begins": "from round 1"}),
        ("scaffold", [1, 2, 3], [2], {}),  # of round 3 nobody has anything
        ("scaffold", [3, 4], [], {}),  # the first that would count
        ("scaffold", [], [], {}),  # joined now, or journal and memory are both gone
        ("fedavg", [1, 2], [], {}),
    ],
)
async def test_a_lost_memory_is_told(
    memories: Memories, strategy: str, made: list[int], left: list[int], begins: dict[str, object]
) -> None:
    for number in left:
        written(memories, "t", number)
    site = site_of(memories, {1: ["f1"], 2: ["f1", "f2"], 3: ["f2"]})
    updates = dict.fromkeys(made)
    view: Any = SimpleNamespace(
        task=SimpleNamespace(id="t"),
        round=SimpleNamespace(round=4),
        journal=SimpleNamespace(updates=updates),
    )
    terms: Any = SimpleNamespace(training=training(strategy=strategy))
    with capture_logs() as lines:
        await warn_of_loss(site, view, terms, await past_of(site, "t", 4))
    told = [dict(one) for one in lines if one["event"] == "memory lost"]
    line = {"event": "memory lost", "log_level": "warning", **begins}
    assert told == ([line] if begins else [])


async def test_a_round_whose_update_was_not_accepted_is_as_good_as_missed(
    memories: Memories,
) -> None:
    paths = [written(memories, "t", number) for number in (1, 2)]
    site = site_of(memories, {1: ["f1", "f2"], 2: ["f2"], 3: []})
    assert await past_of(site, "t", 3) == Past(paths[0], gap=True, round=1)
    assert [path.exists() for path in paths] == [True, False]
    written(memories, "another", 3)
    assert await past_of(site, "another", 4) == Past(None, gap=False)


def test_only_the_last_two_are_kept(memories: Memories) -> None:
    paths = [written(memories, "t", number) for number in (1, 2, 3, 10)]
    assert [path.exists() for path in paths] == [False, True, True, True]
    memories.place("t", 11)
    assert [path.exists() for path in paths] == [False, False, True, True]


def test_it_is_for_nobody_else_and_ends_with_the_task(memories: Memories, tmp_path: Path) -> None:
    path = written(memories, "t", 1)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    memories.checkpoint("t").write_bytes(b"checkpoint")
    memories.forget("t")
    assert list((tmp_path / "memory").iterdir()) == []
    memories.forget("never-heard-of")


@pytest.mark.parametrize("task", ["", "../t", "T"])
def test_what_is_no_name_is_no_path(memories: Memories, task: str) -> None:
    with pytest.raises(ValueError, match="no name of a task"):
        memories.place(task, 1)
