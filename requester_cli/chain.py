"""The chain of a task's round records: each names the digest of the one before. Pure."""

from collections.abc import Sequence
from typing import Any

from weftwork.canonical import digest
from weftwork.errors import IntegrityError
from weftwork.ledger.records import Task

Record = dict[str, Any]


def check(task: Task, records: Sequence[Record]) -> None:
    """Check that `records`, whole as the ledger gave them, lead to the task's final model.

    Raises `IntegrityError` naming the first thing that does not hold. The chain begins with the
    start of the task, whose digest the task shows.
    """
    if not records:
        raise IntegrityError(f"task {task.id}: the ledger shows no round")
    base, before = task.definition.initial_model.digest, task.start_digest
    for number, record in enumerate(records, 1):
        last = number == len(records)
        _same(task, number, "task", record["task"], task.id)
        _same(task, number, "round", record["round"], number)
        _same(task, number, "base_digest", record["base_digest"], base)
        _same(task, number, "previous", record["previous"], before)
        _same(task, number, "outcome", record["outcome"], "FINAL" if last else "CONTINUE")
        base, before = record["digest"], digest(record)
    final = {"digest": records[-1]["digest"], "size": records[-1]["size"]}
    if final != task.model.model_dump():
        raise IntegrityError(
            f"task {task.id}: its final model is {task.model.digest},"
            f" but the last round made {final['digest']}"
        )


def _same(task: Task, number: int, field: str, found: object, expected: object) -> None:
    if found != expected:
        raise IntegrityError(
            f"task {task.id}, record of round {number}: {field} is {found}, should be {expected}"
        )
