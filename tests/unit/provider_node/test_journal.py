"""The journal survives whatever a power cut leaves behind."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider_node.journal import RECENT, Journal, Journals, MadeUpdate
from tests.unit.provider_node.worlds import aggregate, digest, judgement, update
from weftwork.errors import EnvironmentFaultError

TASK = "digits-1"


def full() -> Journal:
    notes = Journal(task=TASK).with_update(1, MadeUpdate(update=update("f1")))
    notes = notes.with_judgement(1, judgement())
    return notes.with_aggregate(1, aggregate()).with_kept(1, digest("m"))


def keep(journals: Journals) -> None:
    journals.change(TASK, lambda _: full())


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    keep(Journals(tmp_path / "j"))
    assert Journals(tmp_path / "j").load(TASK) == full()


def test_a_task_without_a_journal_has_an_empty_one(tmp_path: Path) -> None:
    assert Journals(tmp_path).load(TASK) == Journal(task=TASK)


@given(st.integers(0, 400))
def test_a_journal_cut_short_counts_as_none(
    tmp_path_factory: pytest.TempPathFactory, n: int
) -> None:
    journals = Journals(folder := tmp_path_factory.mktemp("journals"))
    keep(journals)
    path = folder / f"{TASK}.json"
    whole = path.read_bytes()
    path.write_bytes(whole[: min(n, len(whole) - 1)])
    assert journals.load(TASK) == Journal(task=TASK)


def test_another_tasks_journal_is_not_believed(tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    keep(journals)
    (tmp_path / f"{TASK}.json").rename(tmp_path / "other.json")
    assert journals.load("other") == Journal(task="other")


def test_nobody_else_may_read_it_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    journals = Journals(tmp_path / "j")
    keep(journals)
    keep(journals)
    [file] = (tmp_path / "j").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o700


def test_a_full_disk_is_named_and_the_old_journal_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journals = Journals(tmp_path)
    keep(journals)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_disk)
        with pytest.raises(EnvironmentFaultError, match=r"digits-1\.json: cannot be written: No s"):
            journals.change(TASK, lambda _: Journal(task=TASK))
    assert journals.load(TASK) == full()
    assert [one.name for one in tmp_path.iterdir()] == [f"{TASK}.json"]


def full_disk(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_journal_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / f"{TASK}.json").mkdir()
    with pytest.raises(EnvironmentFaultError, match=r"digits-1\.json: cannot be read"):
        Journals(tmp_path).load(TASK)


def test_it_knows_the_rounds_of_an_artifact() -> None:
    notes = full().with_kept(2, digest("m"))
    assert notes.rounds_with(digest("m")) == {1, 2}
    assert notes.rounds_with(update("f1").digest) == {1}
    assert notes.rounds_with(aggregate().digest) == {1}
    assert notes.rounds_with(digest("nothing")) == set()


def test_changes_leave_the_old_value_alone() -> None:
    before = full()
    before.with_received(1, digest("another's"))
    assert before == full()


def test_a_judgement_and_an_aggregate_are_those_made_last() -> None:
    notes = full().with_judgement(1, judgement("f2")).with_aggregate(1, aggregate(["f1"], "other"))
    assert notes.judgements == {1: judgement("f2")}
    assert notes.aggregates[1].digest == digest("other")
    assert full().judgements == {1: judgement()}, "the old value is left alone"
    assert not notes.rounds_with(aggregate().digest)


def test_it_knows_what_came_by_way_of_its_task() -> None:
    notes = Journal(task=TASK).with_given(digest("initial")).with_kept(1, digest("m"))
    assert notes.knows(digest("initial"))
    assert notes.knows(digest("m"))
    assert not notes.knows(digest("elsewhere"))


def test_changes_at_the_same_time_all_count(tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    digests = [digest(str(number)) for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        for one in digests:
            pool.submit(journals.change, TASK, partial(Journal.with_given, digest=one))
    assert journals.load(TASK).given == frozenset(digests)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", "x" * 64, "a\n", "a\0"])
def test_what_is_no_name_of_a_task_is_no_path_either(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a task"):
        Journals(tmp_path).load(name)


def test_it_stays_small_and_still_knows_old_models() -> None:
    notes = Journal(task=TASK)
    for number in range(1, 200):
        notes = notes.with_update(number, MadeUpdate(update=update("f1", number)))
        notes = notes.with_judgement(number, judgement())
        notes = notes.with_aggregate(number, aggregate(model=f"model {number}"))
    assert len(notes.updates) == len(notes.judgements) == len(notes.aggregates) == RECENT
    assert notes.rounds_with(digest("model 3")) == {3}
    assert notes.rounds_with(digest("model 199")) == {199}
    assert notes.updates[199].update == update("f1", 199)
