"""The journal survives whatever a power cut leaves behind."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider_node.journal import Journal, Journals, MadeUpdate
from tests.unit.provider_node.worlds import digest, proposal, update
from weftwork.errors import EnvironmentFaultError

TASK = "digits-1"


def full() -> Journal:
    notes = Journal(task=TASK).with_update(1, MadeUpdate(update=update("f1")))
    return notes.with_push(1, "f2").with_proposal(1, proposal()).with_kept(1, digest("m"))


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    Journals(tmp_path / "j").save(full())
    assert Journals(tmp_path / "j").load(TASK) == full()


def test_a_task_without_a_journal_has_an_empty_one(tmp_path: Path) -> None:
    assert Journals(tmp_path).load(TASK) == Journal(task=TASK)


@given(st.integers(0, 400))
def test_a_journal_cut_short_counts_as_none(
    tmp_path_factory: pytest.TempPathFactory, n: int
) -> None:
    journals = Journals(folder := tmp_path_factory.mktemp("journals"))
    journals.save(full())
    path = folder / f"{TASK}.json"
    whole = path.read_bytes()
    path.write_bytes(whole[: min(n, len(whole) - 1)])
    assert journals.load(TASK) == Journal(task=TASK)


def test_another_tasks_journal_is_not_believed(tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    journals.save(full())
    (tmp_path / f"{TASK}.json").rename(tmp_path / "other.json")
    assert journals.load("other") == Journal(task="other")


def test_nobody_else_may_read_it_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    journals = Journals(tmp_path / "j")
    journals.save(full())
    journals.save(full())
    [file] = (tmp_path / "j").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o700


def test_a_disk_that_fails_is_named(tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    (tmp_path / f"{TASK}.json").mkdir()  # a rename onto a folder fails, as on a full disk
    with pytest.raises(EnvironmentFaultError, match=r"digits-1\.json: cannot be written"):
        journals.save(full())
    assert [one.name for one in tmp_path.iterdir()] == [f"{TASK}.json"]


def test_it_knows_the_rounds_of_an_artifact() -> None:
    notes = full().with_kept(2, digest("m"))
    assert notes.rounds_with(digest("m")) == {1, 2}
    assert notes.rounds_with(update("f1").digest) == {1}
    assert notes.rounds_with(proposal().digest) == {1}
    assert notes.rounds_with(digest("nothing")) == set()


def test_changes_leave_the_old_value_alone() -> None:
    before = full()
    before.with_push(1, "f3")
    assert before.updates[1].pushed_to == {"f2"}
