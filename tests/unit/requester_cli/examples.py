"""Records as the ledger gives them: one task of three factories, round by round."""

import hashlib
from typing import Any

from requester_cli.progress import Snapshot
from weftwork.canonical import digest
from weftwork.ledger.records import Round, RoundRecord, Task

FACTORIES = ["factory1", "factory2", "factory3"]
START = 1_700_000_000_000  # milliseconds
ID = "digits-3f9a1c"
SIZE = 20_552


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def task(**changes: Any) -> Task:
    content: dict[str, Any] = {
        "id": ID,
        "state": "PUBLISHED",
        "requester": "requester.requester",
        "requester_msp": "RequesterMSP",
        "definition": {
            "title": "Handwritten digits",
            "description": "Three factories each know some of the digits.",
            "purpose": "demonstration",
            "model": {"name": "mlp", "version": 1, "parameters": {"inputs": 64, "classes": 10}},
            "initial_model": {"digest": sha("model 0"), "size": SIZE},
            "validation": {"digest": sha("validation"), "size": 94_000},
            "training": {
                "strategy": [{"name": "dlmu", "tau": "0.8"}, {"name": "fedprox", "mu": "0.01"}],
                "rounds": 3,
                "learning_rate": "0.1",
                "seed": 7,
            },
            "data": {"schema": {"version": 1}, "schema_digest": sha("schema")},
            "usage_rules": "Own plants only.",
            "participants": {"min": 2, "max": 3, "join_seconds": 60},
            "round_seconds": 120,
            "archive": "requester",
        },
        "published_at_ms": START,
        "join_deadline_ms": START + 60_000,
        "joined": [joined(name, place) for place, name in enumerate(FACTORIES)],
        "model": {"digest": sha("model 0"), "size": SIZE},
    }
    return Task.model_validate(content | changes)


def joined(name: str, place: int) -> dict[str, Any]:
    terms = {
        "data_type": "digits",
        "samples": 400 + place,
        "schema_digest": sha("schema"),
        "acceptance": "c2lnbmF0dXJl",
    }
    return {
        "participant": name,
        "msp_id": name.capitalize() + "MSP",
        "join": terms,
        "joined_at_ms": START + 1000 + place,
    }


def update(number: int, name: str, after_ms: int) -> dict[str, Any]:
    return {
        "participant": name,
        "digest": sha(f"{name} {number}"),
        "size": SIZE,
        "samples": 400,
        "base_digest": sha(f"model {number - 1}"),
        "signature": "c2lnbmF0dXJl",
        "tx_id": sha(f"tx {name} {number}"),
        "submitted_at_ms": opened(number) + after_ms,
    }


def opened(number: int) -> int:
    return START + 5000 + number * 10_000


def raw_record(number: int, previous: str, **changes: Any) -> dict[str, Any]:
    """A committed round: 3.1 s of training, 0.6 s of judging, 0.5 s of aggregating."""
    content = {
        "task": ID,
        "round": number,
        "term": 1,
        "committee": FACTORIES,
        "leader": FACTORIES[number % 3],
        "base_digest": sha(f"model {number - 1}"),
        "digest": sha(f"model {number}"),
        "size": SIZE,
        "accuracy_ppm": 500_000 + 120_000 * number,
        "sampled": FACTORIES,
        "submitted": [update(number, name, 1000 * i + 1100) for i, name in enumerate(FACTORIES)],
        "accepted": parts(FACTORIES),
        "evaluations": [evaluation(name, opened(number) + 3700) for name in FACTORIES],
        "opened_at_ms": opened(number),
        "deadline_ms": opened(number) + 120_000,
        "closed_at_ms": opened(number) + 3100,
        "proposed_at_ms": opened(number) + 3900,
        "committed_at_ms": opened(number) + 4200,
        "previous": previous,
        "outcome": "FINAL" if number == 3 else "CONTINUE",
        "tx_id": sha(f"tx {number}"),
        "next_participants": FACTORIES,  # a field that the typed model does not know
    }
    return content | changes


def parts(names: list[str], contribution: int = 0) -> list[dict[str, Any]]:
    part = {"weight": 400, "contribution_micro": contribution}
    return [{"participant": name} | part for name in names]


def evaluation(name: str, at_ms: int = 0) -> dict[str, Any]:
    found = {"participant": name, "term": 1, "salt": sha("salt"), "revealed_at_ms": at_ms}
    return found | {"scores": []}


def raw_records(count: int) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    for number in range(1, count + 1):
        records.append(raw_record(number, digest(records[-1]) if records else sha("start")))
    return records


def records(count: int) -> tuple[RoundRecord, ...]:
    return tuple(RoundRecord.model_validate(one) for one in raw_records(count))


def open_round(number: int, submitted: list[str], **changes: Any) -> Round:
    content = {
        "task": ID,
        "round": number,
        "state": "OPEN",
        "committee": FACTORIES,
        "leader": "factory1",
        "quorum": 2,
        "base": {"digest": sha(f"model {number - 1}"), "size": SIZE},
        "opened_at_ms": opened(number),
        "deadline_ms": opened(number) + 120_000,
        "participants": FACTORIES,
        "updates": [update(number, name, 1000) for name in submitted],
        "missing": [name for name in FACTORIES if name not in submitted],
    }
    return Round.model_validate(content | changes)


def closed_round(number: int, state: str = "EVALUATING", **done: Any) -> Round:
    """A round that all submitted to, closed after 3 s; `done` is of its term."""
    closed = opened(number) + 3000
    seats = {"committee": FACTORIES, "leader": "factory1"}
    steps = ("score", "reveal", "seal", "propose", "attest")
    deadlines = {f"{one}_by_ms": closed + 60_000 * (i + 1) for i, one in enumerate(steps)}
    term = {"term": 1, "evaluation": 1, "scorers": FACTORIES} | seats | deadlines | done
    closing = {"submitted": FACTORIES, "closed_at_ms": closed}
    return open_round(number, FACTORIES, state=state, term=term, closing=closing)


def sealed(*names: str) -> list[dict[str, Any]]:
    return [{"participant": name, "hash": sha(name)} for name in names]


def running(committed: int, submitted: list[str]) -> Snapshot:
    running_task = task(
        state="RUNNING",
        participants=FACTORIES,
        round=committed + 1,
        model={"digest": sha(f"model {committed}"), "size": SIZE},
        accuracy_ppm=500_000 + 120_000 * committed if committed else -1,
    )
    return Snapshot(running_task, records(committed), open_round(committed + 1, submitted))


def finished(**changes: Any) -> Snapshot:
    content: dict[str, Any] = {
        "state": "FINISHED",
        "start_digest": sha("start"),
        "transactions": {"publish": sha("tx p"), "start": sha("tx s"), "end": sha("tx e")},
        "participants": FACTORIES,
        "round": 3,
        "model": {"digest": sha("model 3"), "size": SIZE},
        "accuracy_ppm": 860_000,
        "ended_at_ms": opened(3) + 5000,
    }
    return Snapshot(task(**(content | changes)), records(3))
