"""The book of spends: what is written is never lost, what is torn was never used."""

import errno
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from weftwork.errors import EnvironmentFaultError, IntegrityError
from weftwork.learning.privacy import accounting
from weftwork.learning.privacy.errors import BudgetError
from weftwork.learning.privacy.mechanism import Mechanism
from weftwork.learning.privacy.spends import Entry, Limit, Spends
from weftwork.learning.privacy.statement import NO_GUARANTEE, micro, spent_of

STEP = Mechanism(0.01, 1.1, 100)
LIMIT = Limit(Decimal("1.5"), Decimal("0.00001"), "rdp")


def entry(number: int) -> Entry:
    return Entry(f"task-{number} round 1 é\n", (STEP, Mechanism(1.0, 20.0)), "ddp-sgd")


def book(folder: Path) -> Path:
    return folder / "turbines.jsonl"


def test_what_is_booked_is_there_for_the_next_process(tmp_path: Path) -> None:
    for number in range(3):
        assert Spends(tmp_path).record("turbines", entry(number))
    assert Spends(tmp_path).entries("turbines") == [entry(0), entry(1), entry(2)]


def test_data_sets_have_books_of_their_own(tmp_path: Path) -> None:
    spends = Spends(tmp_path)
    spends.record("turbines", entry(0))
    assert spends.entries("pumps") == []
    assert spends.account("pumps", LIMIT) == ""


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    Spends(tmp_path / "a" / "b").record("turbines", entry(0))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a").rglob("*")}
    assert modes == {"b": 0o700, "turbines.jsonl": 0o600, "turbines.lock": 0o600}


def test_the_same_release_is_paid_for_once(tmp_path: Path) -> None:
    spends = Spends(tmp_path)
    assert spends.record("turbines", entry(0)) is True
    kept = book(tmp_path).read_bytes()
    assert spends.record("turbines", entry(0)) is False
    # Equal, though it is said in another way.
    halves = (Mechanism(1.0, 20.0), *(Mechanism(0.01, 1.1, 50) for _ in range(2)))
    assert spends.record("turbines", Entry(entry(0).key, halves, "ddp-sgd")) is False
    assert book(tmp_path).read_bytes() == kept


@pytest.mark.parametrize(
    "other",
    [
        Entry(entry(0).key, (STEP,), "ddp-sgd"),
        Entry(entry(0).key, entry(0).mechanisms, "ddp-sgd-paper"),
    ],
)
def test_another_release_by_the_same_name_is_an_error(tmp_path: Path, other: Entry) -> None:
    spends = Spends(tmp_path)
    spends.record("turbines", entry(0))
    with pytest.raises(IntegrityError, match="booked as another spend"):
        spends.record("turbines", other)
    assert spends.entries("turbines") == [entry(0)]


def test_the_account_is_over_all_tasks_and_says_what_its_number_means(tmp_path: Path) -> None:
    spends = Spends(tmp_path)
    for number in range(4):
        spends.record("turbines", entry(number))
    spends.record("turbines", replace(entry(4), mode="client-level"))
    whole = [Mechanism(0.01, 1.1, 500), Mechanism(1.0, 20.0, 5)]
    spent = micro(accounting.epsilon(whole, 1e-5, "rdp"))
    assert spends.account("turbines", LIMIT) == (
        f"client-level, ddp-sgd: epsilon {spent_of(spent, LIMIT.epsilon)} spent over all tasks,"
        " delta 0.00001, add-or-remove-one sample"
    )
    spends.record("turbines", replace(entry(5), mode="ddp-sgd-paper"))
    assert spends.account("turbines", LIMIT).endswith(NO_GUARANTEE)


def test_beyond_the_limit_nothing_is_booked(tmp_path: Path) -> None:
    spends = Spends(tmp_path)
    booked = 0
    while not spends.would_exceed("turbines", entry(booked).mechanisms, LIMIT):
        spends.record("turbines", entry(booked), LIMIT)
        booked += 1
    assert booked > 1
    with pytest.raises(BudgetError, match=r"^data set turbines: ") as refused:
        spends.record("turbines", entry(booked), LIMIT)
    meant = r"ddp-sgd: epsilon \d\.\d\d of 1\.5 spent over .*, delta 0\.00001, add-or-remove-one"
    assert re.search(meant, str(refused.value))
    entries = spends.entries("turbines")
    assert len(entries) == booked
    spent = accounting.epsilon([one for each in entries for one in each.mechanisms], 1e-5, "rdp")
    assert spent <= 1.5
    assert not spends.would_exceed("turbines", (), LIMIT)


def test_what_was_paid_for_may_be_repeated_beyond_a_limit_that_shrank(tmp_path: Path) -> None:
    spends = Spends(tmp_path)
    spends.record("turbines", entry(0))
    assert not spends.record("turbines", entry(0), Limit(Decimal("0.01"), Decimal("1e-5"), "rdp"))


def test_a_book_cut_off_anywhere_keeps_every_line_that_was_finished(tmp_path: Path) -> None:
    spends = Spends(tmp_path)
    all_ = [entry(number) for number in range(3)]
    for one in all_:
        spends.record("turbines", one)
    whole = book(tmp_path).read_bytes()
    for size in range(len(whole) + 1):
        book(tmp_path).write_bytes(whole[:size])
        finished = whole[:size].count(b"\n")
        assert spends.entries("turbines") == all_[:finished]
        assert book(tmp_path).read_bytes().count(b"\n") == finished
        assert spends.record("turbines", all_[-1]) is (finished < 3)
        assert spends.entries("turbines") == [*all_[:finished], *all_[-1:]][:3]


@pytest.mark.parametrize("tail", [b"\0" * 40, b'{"check', b"\xff\xfe"])
def test_what_a_power_cut_leaves_at_the_end_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    spends = Spends(tmp_path)
    spends.record("turbines", entry(0))
    whole = book(tmp_path).read_bytes()
    book(tmp_path).write_bytes(whole + tail)
    assert spends.entries("turbines") == [entry(0)]
    assert book(tmp_path).read_bytes() == whole


def test_no_byte_of_a_finished_line_can_change_unseen(tmp_path: Path) -> None:
    spends = Spends(tmp_path)
    spends.record("turbines", Entry("a", (STEP,), "ddp-sgd"))
    spends.record("turbines", Entry("b", (STEP,), "ddp-sgd"))
    whole = bytearray(book(tmp_path).read_bytes())
    for at in range(len(whole) - 1):
        damaged = bytes(whole[:at]) + bytes([whole[at] ^ 1]) + bytes(whole[at + 1 :])
        book(tmp_path).write_bytes(damaged)
        for use in (
            lambda: spends.entries("turbines"),
            lambda: spends.record("turbines", Entry("c", (STEP,), "ddp-sgd")),
        ):
            with pytest.raises(IntegrityError, match="is damaged, so how much privacy was spent"):
                use()
        assert book(tmp_path).read_bytes() == damaged


@pytest.mark.parametrize(
    "line", ["", "null", "{}", "[]", '{"entry": 3}', '{"check": "", "entry": {"key": "a"}}']
)
def test_a_line_of_another_kind_is_damage(tmp_path: Path, line: str) -> None:
    Spends(tmp_path).record("turbines", entry(0))
    with book(tmp_path).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(IntegrityError, match="line 2 is damaged"):
        Spends(tmp_path).entries("turbines")


Fault = Callable[[pytest.MonkeyPatch], None]


def full_disk(patch: pytest.MonkeyPatch) -> None:
    """Half of what is written fits."""
    write = os.write

    def half(file: int, data: bytes) -> int:
        if len(data) < 8:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(file, data[: len(data) // 2])

    patch.setattr(os, "write", half)


def failing_sync(patch: pytest.MonkeyPatch) -> None:
    """The first goes well, of the line; the second, of the line feed, does not."""
    calls = []

    def fails(file: int) -> None:
        calls.append(file)
        if len(calls) == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    patch.setattr(os, "fsync", fails)


@pytest.mark.parametrize("fault", [full_disk, failing_sync])
def test_what_cannot_be_written_is_not_booked(tmp_path: Path, fault: Fault) -> None:
    spends = Spends(tmp_path)
    spends.record("turbines", entry(0))
    with pytest.MonkeyPatch.context() as patch:
        fault(patch)
        with pytest.raises(EnvironmentFaultError, match=r"turbines\.jsonl: "):
            spends.record("turbines", entry(1))
    assert spends.entries("turbines") == [entry(0)]
    assert spends.record("turbines", entry(1)) is True


def test_a_line_is_on_the_disk_before_its_line_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    fsync = os.fsync

    def watched(file: int) -> None:
        fsync(file)
        if stat.S_ISREG(os.fstat(file).st_mode):
            synced.append(book(tmp_path).read_bytes())

    monkeypatch.setattr(os, "fsync", watched)
    Spends(tmp_path).record("turbines", entry(0))
    line = book(tmp_path).read_bytes()
    assert synced == [line[:-1], line]
    assert json.loads(line)["entry"]["key"] == entry(0).key


def test_what_is_there_already_is_on_the_disk_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that wrote it may have died before it had synced it."""
    spends = Spends(tmp_path)
    spends.record("turbines", entry(0))

    def fails(file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(EnvironmentFaultError):
        spends.record("turbines", entry(0))


def test_processes_take_turns(tmp_path: Path) -> None:
    """Four of them, each with releases of its own and one that all share."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from weftwork.learning.privacy.mechanism import Mechanism\n"
        "from weftwork.learning.privacy.spends import Entry, Spends\n"
        "spends, cost = Spends(Path(sys.argv[1])), ((Mechanism(0.01, 1.0, 3),), 'ddp-sgd')\n"
        "for number in range(20):\n"
        "    spends.record('turbines', Entry(f'{sys.argv[2]} {number}', *cost))\n"
        "    spends.record('turbines', Entry(f'shared {number}', *cost))\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(name)])
        for name in range(4)
    ]
    assert [process.wait(60) for process in running] == [0] * 4
    keys = [one.key for one in Spends(tmp_path).entries("turbines")]
    assert len(keys) == len(set(keys)) == 100


@pytest.mark.parametrize("name", ["", "../turbines", "a/b", ".hidden", "a\n", "x" * 129, "é"])
def test_a_name_that_is_no_name_of_a_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        Spends(tmp_path).record(name, entry(0))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFaultError):
        Spends(tmp_path / "file" / "spends")
