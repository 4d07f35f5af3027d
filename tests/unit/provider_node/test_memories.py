"""What strategies remember: per task and round, privately, and never from a later round."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from provider_node.memories import Memories, Past
from provider_node.view import Me
from provider_node.work.training import past_of


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


async def test_a_round_whose_update_was_not_accepted_is_as_good_as_missed(
    memories: Memories,
) -> None:
    accepted = {1: ["f1", "f2"], 2: ["f2"], 3: []}
    paths = [written(memories, "t", number) for number in (1, 2)]

    async def get(_: str, number: int) -> Any:
        return SimpleNamespace(record=SimpleNamespace(accepted=accepted[number]))

    ledger = SimpleNamespace(rounds=SimpleNamespace(get=get))
    site: Any = SimpleNamespace(ledger=ledger, memories=memories, me=Me("f1", "provider"))
    assert await past_of(site, "t", 3) == Past(paths[0], gap=True, round=1)
    assert [path.exists() for path in paths] == [True, False]
    written(memories, "another", 3)
    assert await past_of(site, "another", 4) == Past(None, gap=False)


def test_what_computes_otherwise_trains_from_other_inputs() -> None:
    """It draws other noise, which is paid for."""
    inputs = {Past(None, gap=False).with_base("0" * 64, means) for means in ("", "bfloat16")}
    assert len(inputs) == 2
    assert Past(None, gap=False).with_base("0" * 64) in inputs


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
