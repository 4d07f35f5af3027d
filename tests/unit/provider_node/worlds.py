"""Tasks, rounds and views to look at, with names and numbers that a test can read."""

import hashlib
from collections.abc import Iterable
from typing import Any

from provider_node.duties import Owed
from provider_node.journal import Journal, MadeUpdate
from provider_node.view import Me, View
from weftwork.ledger.records import (
    Artifact,
    Proposal,
    Rejection,
    Round,
    RoundRecord,
    SubmittedUpdate,
    Task,
    Update,
)

NAMES = ["f1", "f2", "f3"]
OPENED, DEADLINE = 10_000, 20_000


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def artifact(text: str) -> Artifact:
    return Artifact(digest=digest(text), size=len(text))


INITIAL, VALIDATION = artifact("initial"), artifact("validation")


def definition(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Digits",
        "model": {"name": "mlp", "parameters": {"inputs": 64, "hidden": [8], "classes": 10}},
        "initial_model": INITIAL.model_dump(),
        "validation": VALIDATION.model_dump(),
        "training": {"rounds": 2, "local_epochs": 1, "learning_rate": "0.1", "seed": 7},
        "data": {"schema": {"features": {"shape": [64]}}, "schema_digest": digest("schema")},
        "participants": {"min": 2, "max": 3, "join_seconds": 5},
        "round_seconds": 10,
        "archive": "archive",
        **changes,
    }


def joined(name: str, at_ms: int = 1) -> dict[str, Any]:
    join = {
        "data_type": "digits",
        "samples": 10,
        "schema_digest": digest("schema"),
        "acceptance": "c2lnbmF0dXJl",
    }
    return {"participant": name, "msp_id": f"{name}MSP", "join": join, "joined_at_ms": at_ms}


def task(
    state: str = "RUNNING",
    *,
    who: Iterable[str] = NAMES,
    left: Iterable[str] = (),
    round_number: int = 1,
    model: Artifact = INITIAL,
    **changes: Any,
) -> Task:
    started = state in {"RUNNING", "FINISHED"}
    return Task.model_validate(
        {
            "id": "digits-1",
            "state": state,
            "requester": "req",
            "requester_msp": "ReqMSP",
            "definition": definition(**changes),
            "published_at_ms": 0,
            "join_deadline_ms": 5000,
            "joined": [joined(name) for name in who],
            "left": [{"participant": name, "left_at_ms": 2} for name in left],
            "participants": list(who) if started else [],
            "round": round_number if started else 0,
            "model": model.model_dump(),
        }
    )


def update(name: str, number: int = 1, base: Artifact = INITIAL) -> Update:
    made = artifact(f"update of {name} in {number}")
    return Update(
        digest=made.digest, size=made.size, samples=10, base_digest=base.digest, signature="sig"
    )


def submitted(name: str, number: int = 1) -> SubmittedUpdate:
    return SubmittedUpdate(participant=name, **update(name, number).model_dump())


def round_(
    number: int = 1,
    *,
    state: str = "OPEN",
    leader: str = "f1",
    base: Artifact = INITIAL,
    by: Iterable[str] = (),
    staying: Iterable[str] = NAMES,
    proposal: Proposal | None = None,
    record: RoundRecord | None = None,
) -> Round:
    names = list(staying)
    return Round.model_validate(
        {
            "task": "digits-1",
            "round": number,
            "state": state,
            "leader": leader,
            "base": base.model_dump(),
            "opened_at_ms": OPENED,
            "deadline_ms": DEADLINE,
            "participants": names,
            "updates": [submitted(name, number).model_dump() for name in by],
            "missing": [name for name in names if name not in set(by)],
            "proposal": proposal.model_dump() if proposal else None,
            "record": record.model_dump() if record else None,
        }
    )


def proposal(accepted: Iterable[str] = NAMES, rejected: Iterable[str] = ()) -> Proposal:
    model = artifact("aggregate")
    return Proposal(
        digest=model.digest,
        size=model.size,
        accuracy_ppm=900_000,
        accepted=sorted(accepted),
        rejected=[Rejection(participant=name, reason="non-finite") for name in sorted(rejected)],
    )


def record(number: int = 1, *, outcome: str = "FINAL", leader: str = "f1") -> RoundRecord:
    model = artifact("aggregate")
    return RoundRecord.model_validate(
        {
            "task": "digits-1",
            "round": number,
            "leader": leader,
            "base_digest": INITIAL.digest,
            "digest": model.digest,
            "size": model.size,
            "sampled": NAMES,
            "outcome": outcome,
        }
    )


def journal(
    *, made: Iterable[int] = (), name: str = "f1", pushed_to: Iterable[str] = ()
) -> Journal:
    notes = Journal(task="digits-1")
    for number in made:
        entry = MadeUpdate(update=update(name, number), pushed_to=frozenset(pushed_to))
        notes = notes.with_update(number, entry)
    return notes


def held(*texts: str) -> frozenset[str]:
    return frozenset(digest(text) for text in texts)


BASICS = ("initial", "validation")
NOTHING = Owed()


def updates(*names: str, number: int = 1) -> frozenset[str]:
    """On the disk: what the task starts with, and these providers' updates."""
    return held(*BASICS, *(f"update of {name} in {number}" for name in names))


def view(
    name: str = "f1",
    *,
    role: str = "provider",
    of: Task | None = None,
    newest: Round | None = None,
    notes: Journal | None = None,
    on_disk: Iterable[str] = held(*BASICS),
    now_ms: int = OPENED,
    **rest: Any,
) -> View:
    return View(
        me=Me(name, role),
        task=of or task(),
        newest=newest,
        journal=notes or journal(),
        held=frozenset(on_disk),
        now_ms=now_ms,
        **rest,
    )
