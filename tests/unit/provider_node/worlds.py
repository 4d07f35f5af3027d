"""Tasks, rounds and views to look at, with names and numbers that a test can read."""

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from provider_node.duties import Owed
from provider_node.journal import Journal, Judgement, MadeAggregate, MadeUpdate
from provider_node.view import Me, View
from weftwork.ledger.records import (
    Artifact,
    Part,
    Round,
    RoundRecord,
    Score,
    SubmittedUpdate,
    Task,
    Update,
)
from weftwork.sealing import attestation_hash, scores_hash

NAMES = ["f1", "f2", "f3"]
OPENED, DEADLINE = 10_000, 20_000
CLOSED, STAGE = 12_000, 4000


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
        "governance": {"committee": 3, "stage_seconds": STAGE // 1000},
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
    committee: Iterable[str] = NAMES,
    leader: str = "f1",
    base: Artifact = INITIAL,
    by: Iterable[str] = (),
    staying: Iterable[str] = NAMES,
    extended: bool = False,
    term: dict[str, Any] | None = None,
    rejected: Mapping[str, str] = MappingProxyType({}),
    record: RoundRecord | None = None,
) -> Round:
    """A round with updates of `by`; one that is closed has a term, in which `term` was done."""
    names, submitters = list(staying), list(by)
    seats = {"committee": list(committee), "leader": leader}
    open_ = state == "OPEN"
    return Round.model_validate(
        {
            "task": "digits-1",
            "round": number,
            "state": state,
            **seats,
            "quorum": len(seats["committee"]) // 2 + 1,
            "base": base.model_dump(),
            "opened_at_ms": OPENED,
            "deadline_ms": DEADLINE,
            "extended": extended,
            "participants": names,
            "updates": [submitted(name, number).model_dump() for name in submitters],
            "missing": [name for name in names if name not in submitters],
            "closing": None if open_ else {"submitted": submitters, "closed_at_ms": CLOSED},
            "term": None if open_ else term_(seats, number, **(term or {})),
            "accepted": [part(name) for name in submitters if name not in rejected],
            "rejected": [
                {"participant": n, "reason": why, "by_quorum": True} for n, why in rejected.items()
            ],
            "record": record.model_dump() if record else None,
        }
    )


def part(name: str) -> dict[str, Any]:
    return {"participant": name, "weight": 10, "contribution_micro": 1}


def term_(
    seats: dict[str, Any],
    number: int = 1,
    *,
    term: int = 1,
    evaluation: int | None = None,
    bound: Iterable[str] = (),
    revealed: Iterable[str] = (),
    sealed: Iterable[str] = (),
    proposal: str = "",
    attested: Mapping[str, str] = MappingProxyType({}),
    sizes: Mapping[str, int] = MappingProxyType({}),
    reports: Iterable[tuple[str, str]] = (),
    replaced: Iterable[str] = (),
    out_for: str = "unavailable",
    renewals: int = 0,
) -> dict[str, Any]:
    """A term in which these have done each step; names of models stand for digests."""
    scored = evaluation if evaluation is not None else term
    begun = CLOSED if scored < term else CLOSED + 2 * STAGE
    salt = digest("salt")
    return {
        **seats,
        "term": term,
        "evaluation": scored,
        "scorers": seats["committee"],
        "renewals": renewals,
        "replaced": [fault(name, out_for) for name in replaced],
        "score_by_ms": CLOSED if scored < term else CLOSED + STAGE,
        "reveal_by_ms": begun,
        "seal_by_ms": begun + STAGE,
        "propose_by_ms": begun + 2 * STAGE,
        "attest_by_ms": begun + 3 * STAGE,
        "scores_sealed": [
            {"participant": name, "hash": bound_to(name, number, scored)} for name in bound
        ],
        "evaluations": [
            {"participant": name, "term": scored, "salt": salt, "scores": scores(name)}
            for name in revealed
        ],
        "sealed": [{"participant": name, "hash": sealed_as(name, number, term)} for name in sealed],
        "proposal": proposed(proposal, term) if proposal else None,
        "attestations": [
            {
                "participant": name,
                "term": term,
                "salt": salt,
                "digest": digest(model),
                "size": sizes.get(name, len(model)),
            }
            for name, model in attested.items()
        ],
        "reports": [{"participant": by, "accused": accused} for by, accused in reports],
    }


def fault(name: str, what: str = "unavailable") -> dict[str, Any]:
    return {"participant": name, "term": 1, "fault": what}


def scores(judge: str, of: Iterable[str] = NAMES) -> list[dict[str, Any]]:
    others = (name for name in of if name != judge)
    return [
        {"participant": name, "verdict": "accepted", "reason": "", "score_micro": 1}
        for name in others
    ]


def bound_to(name: str, number: int = 1, term: int = 1) -> str:
    return scores_hash("digits-1", number, term, name, digest("salt"), scores(name))


def sealed_as(name: str, number: int = 1, term: int = 1, model: str = "aggregate") -> str:
    told = ("digits-1", number, term, name, digest("salt"))
    return attestation_hash(*told, digest(model), len(model))


def proposed(model: str, term: int = 1) -> dict[str, Any]:
    return {"term": term, "digest": digest(model), "size": len(model), "accuracy_ppm": 900_000}


def judgement(judge: str = "f1") -> Judgement:
    made = tuple(Score.model_validate(one) for one in scores(judge))
    return Judgement(scores=made, salt=digest("salt"))


def aggregate(of: Iterable[str] = NAMES, model: str = "aggregate") -> MadeAggregate:
    return MadeAggregate(
        parts=tuple(Part.model_validate(part(name)) for name in of),
        digest=digest(model),
        size=len(model),
        accuracy_ppm=900_000,
        salt=digest("salt"),
    )


def record(
    number: int = 1, *, outcome: str = "FINAL", leader: str = "f1", committee: Iterable[str] = NAMES
) -> RoundRecord:
    model = artifact("aggregate")
    return RoundRecord.model_validate(
        {
            "task": "digits-1",
            "round": number,
            "committee": list(committee),
            "leader": leader,
            "base_digest": INITIAL.digest,
            "digest": model.digest,
            "size": model.size,
            "sampled": NAMES,
            "closed_at_ms": CLOSED,
            "outcome": outcome,
        }
    )


def journal(*, made: Iterable[int] = (), name: str = "f1") -> Journal:
    notes = Journal(task="digits-1")
    for number in made:
        notes = notes.with_update(number, MadeUpdate(update=update(name, number)))
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
