"""The book of what a data set has spent, over all tasks: on the disk before the noise is used.

    FOLDER/<data set>.jsonl   0600, one line an entry, only ever appended to
    FOLDER/<data set>.lock    held by who reads or writes

A line is on the disk before its line feed, and the line feed before `record` returns. So a line
without one was never used, and is cut off; a whole line that is not what was written is damage, and
nothing is spent from that data set until a person has looked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from weftwork.errors import IntegrityError
from weftwork.files import faults, locked, sync_folder
from weftwork.learning.privacy import accounting
from weftwork.learning.privacy.accounting import Accountant
from weftwork.learning.privacy.errors import BudgetError
from weftwork.learning.privacy.mechanism import Mechanism, grouped
from weftwork.learning.privacy.parameters import Mode
from weftwork.learning.privacy.statement import micro, statement_over_tasks

__all__ = ["Entry", "Limit", "Spends"]

_DATASET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True)
class Entry:
    """What one release cost a sample of the data set; `key` names the release, once and for all.

    In the mode `ddp-sgd-paper` it cost more than the mechanisms say.
    """

    key: str
    mechanisms: tuple[Mechanism, ...]
    mode: Mode


@dataclass(frozen=True)
class Limit:
    """What a data set may spend, over all tasks."""

    epsilon: Decimal
    delta: Decimal
    accountant: Accountant = "pld"

    def spent(self, mechanisms: Iterable[Mechanism]) -> float:
        """The epsilon of all these together."""
        return accounting.epsilon(mechanisms, float(self.delta), self.accountant)


class Spends:
    """The books in `folder`, which is made if it does not exist (0700); for several processes.

    Every method raises `IntegrityError` if the data set's book is damaged, `EnvironmentFaultError`
    if the disk is full or cannot be used, and `ValueError` for a data set whose name is no name of
    a file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with faults(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def record(self, dataset: str, entry: Entry, limit: Limit | None = None) -> bool:
        """Book `entry`; it is on the disk when this returns. False: it was there already.

        What is there already is paid for, whatever the limit. Otherwise raises `BudgetError`, and
        books nothing, if the data set would have spent more than `limit`. Raises `IntegrityError`
        if another content has the same key.
        """
        entry = replace(entry, mechanisms=grouped(entry.mechanisms))
        with self._book(dataset) as book:
            entries = book.read()
            known = next((one for one in entries if one.key == entry.key), None)
            if known is not None and known != entry:
                raise IntegrityError(f"{book.path}: {entry.key} is booked as another spend")
            if known is not None:
                book.sync()
                return False
            if limit is not None:
                _check(dataset, [*entries, entry], limit)
            book.append(entry)
            return True

    def entries(self, dataset: str) -> list[Entry]:
        """All that is booked, oldest first; empty for a data set that nobody has trained on."""
        with self._book(dataset) as book:
            return book.read()

    def account(self, dataset: str, limit: Limit) -> str:
        """What a person is told of all entries together; empty where there are none."""
        entries = self.entries(dataset)
        return _said(entries, limit) if entries else ""

    def would_exceed(self, dataset: str, mechanisms: Iterable[Mechanism], limit: Limit) -> bool:
        """Whether these (of a whole task, say) would bring the data set beyond its limit."""
        booked = _mechanisms(self.entries(dataset))
        return limit.spent((*booked, *mechanisms)) > limit.epsilon

    @contextmanager
    def _book(self, dataset: str) -> Iterator[_Book]:
        if not _DATASET.fullmatch(dataset):
            raise ValueError(f"{dataset!r} cannot name a data set's book of spends")
        with locked(self._folder / f"{dataset}.lock"):
            yield _Book(self._folder / f"{dataset}.jsonl")


class _Book:
    """One data set's file; whoever has one has the lock."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Entry]:
        """Every entry; what a crash left half-written is cut off first."""
        with faults(self.path, "cannot be read"):
            content = self.path.read_bytes() if self.path.exists() else b""
            end = content.rfind(b"\n") + 1
            if end != len(content):
                self._cut(end)
        lines = content[:end].split(b"\n")[:-1]
        return [self._parsed(line, number) for number, line in enumerate(lines, 1)]

    def append(self, entry: Entry) -> None:
        """Write a line, then its line feed, each to the disk; on a fault neither remains."""
        with faults(self.path), _opened(self.path, os.O_WRONLY | os.O_APPEND) as file:
            end = os.fstat(file).st_size
            try:
                for part in (_line(entry), b"\n"):
                    _write(file, part)
                    os.fsync(file)
            except OSError:
                with suppress(OSError):  # what stays has no line feed, or is counted though unused
                    self._cut(end)
                raise
            sync_folder(self.path.parent)

    def sync(self) -> None:
        """Put on the disk what a process that died may not have: its entry counts from now on."""
        with faults(self.path), _opened(self.path, os.O_RDONLY) as file:
            os.fsync(file)
            sync_folder(self.path.parent)

    def _cut(self, end: int) -> None:
        with _opened(self.path, os.O_WRONLY) as file:
            os.ftruncate(file, end)
            os.fsync(file)

    def _parsed(self, line: bytes, number: int) -> Entry:
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            entry = _entry(json.loads(line)["entry"])
            if _line(entry) == line:
                return entry
        raise IntegrityError(
            f"{self.path}: line {number} is damaged, so how much privacy was spent is unknown; put"
            " back a backup, or take the data set out of use"
        )


def _line(entry: Entry) -> bytes:
    """JSON of the entry and of its digest, in the one form that is accepted."""
    text = json.dumps(asdict(entry), sort_keys=True)
    check = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f'{{"check": "{check}", "entry": {text}}}'.encode()


def _entry(values: dict[str, Any]) -> Entry:
    mechanisms = tuple(Mechanism(**one) for one in values["mechanisms"])
    return Entry(values["key"], mechanisms, values["mode"])


def _mechanisms(entries: Iterable[Entry]) -> Iterator[Mechanism]:
    return (one for entry in entries for one in entry.mechanisms)


def _check(dataset: str, entries: list[Entry], limit: Limit) -> None:
    if limit.spent(_mechanisms(entries)) > limit.epsilon:
        raise BudgetError(f"data set {dataset}: it would then be {_said(entries, limit)}")


def _said(entries: list[Entry], limit: Limit) -> str:
    return statement_over_tasks(
        {entry.mode for entry in entries},
        epsilon=limit.epsilon,
        delta=limit.delta,
        spent_micro=micro(limit.spent(_mechanisms(entries))),
    )


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    """A descriptor without a buffer: what was not written stays unwritten."""
    file = os.open(path, flags | (os.O_CREAT if flags & os.O_APPEND else 0), 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
