"""The bytes that a task's records name by their digests."""

from collections.abc import Iterator
from dataclasses import dataclass

from weftwork.audit.bundle import Bundle, file_digest
from weftwork.audit.findings import Place, Report, require
from weftwork.audit.task import Task
from weftwork.audit.world import Record, number

__all__ = ["Named", "check_artifacts", "named_by"]


@dataclass(frozen=True)
class Named:
    """An artifact, and what it is to the task."""

    what: str
    digest: str
    size: int


def check_artifacts(report: Report, bundle: Bundle, task: Task) -> None:
    """Check digest and size of all that are there; say which are not."""
    excused = {one.split(":")[0] for one in report.absent}
    for one in named_by(task.definition, rounds_of(task)):
        path = bundle.artifact(one.digest)
        if path is None:
            if one.what not in excused:
                report.absent.append(f"{one.what}: {one.digest} is not in the bundle")
            continue
        with report.checking("artifacts", Place(file=str(path.name))):
            found = file_digest(path)
            require(found == one.digest, f"{one.what}: its bytes have SHA-256 {found}")
            size = path.stat().st_size
            require(size == one.size, f"{one.what}: {size} bytes, the ledger says {one.size}")


def rounds_of(task: Task) -> list[Record]:
    """The records of its committed rounds, in order."""
    found, at = [], 1
    while record := task.world.get("round", task.id, number(at)):
        found.append(record)
        at += 1
    return found


def named_by(definition: Record, rounds: list[Record]) -> Iterator[Named]:
    """Every artifact once, from a definition and the records of rounds."""
    seen = set()
    for one in _all(definition, rounds):
        if one.digest not in seen:
            yield one
        seen.add(one.digest)


def _all(definition: Record, rounds: list[Record]) -> Iterator[Named]:
    initial, validation = definition["initial_model"], definition.get("validation")
    yield Named("initial model", initial["digest"], initial["size"])
    if validation:
        yield Named("validation data", validation["digest"], validation["size"])
    for record in rounds:
        for update in record["submitted"]:
            what = f"round {record['round']}, update of {update['participant']}"
            yield Named(what, update["digest"], update["size"])
        yield Named(f"round {record['round']}, model", record["digest"], record["size"])
