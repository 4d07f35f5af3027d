"""A task from its publication to its start."""

import base64
import binascii
from decimal import Decimal, InvalidOperation

from weftwork.audit.certificates import verify
from weftwork.audit.findings import Broken, require
from weftwork.audit.rules.counting import standing
from weftwork.audit.rules.election import rank, seat
from weftwork.audit.rules.money import escrow
from weftwork.audit.task import Task
from weftwork.audit.world import Call, Record, World, Writes, digest

__all__ = ["join", "leave", "publish", "start", "verify_text"]


def publish(call: Call, world: World) -> Writes:
    """A requester publishes, and pays at once."""
    id_, definition, funds = call.take(3)
    require(call.role == "requester", f"the certificate grants the role {call.role!r}")
    _require_active(world, call.name)
    require(not world.has("task", id_), f"task {id_} is published already")
    content = call.document(definition)
    archive = world.need("participant", content["archive"])
    require(
        archive["role"] == "archive" and archive["state"] == "ACTIVE",
        f"{content['archive']} is no active archive",
    )
    require(archive["msp_id"] == call.msp, f"{content['archive']} is not of {call.msp}")
    record = {
        "id": id_,
        "requester": call.name,
        "requester_msp": call.msp,
        "definition": content,
        "published_at_ms": call.now_ms,
        "join_deadline_ms": call.now_ms + 1000 * content["participants"]["join_seconds"],
        "tx_id": call.tx_id,
    }
    paid = escrow(call, world, record, content["reward"], call.document(funds))
    return {("task", id_): record} | paid


def join(call: Call, world: World) -> Writes:
    """A provider accepts the definition, by its signature of it."""
    id_, text = call.take(2)
    task = Task(world, id_)
    task.require_state("PUBLISHED")
    require(call.role == "provider", f"the certificate grants the role {call.role!r}")
    _require_active(world, call.name)
    require(not world.has("leave", id_, call.name), f"{call.name} has left task {id_}")
    require(not world.has("join", id_, call.name), f"{call.name} has joined task {id_} before")
    given = call.document(text)
    schema = task.definition["data"]["schema_digest"]
    require(given["schema_digest"] == schema, "the schema is not the task's")
    message = f"weftwork.acceptance.v1\n{id_}\n{digest(task.definition)}"
    verify_text(call, given["acceptance"], message, "the acceptance of the definition")
    budget = _amount(given.get("privacy_budget"))
    _require_granted(budget, _amount(task.definition.get("privacy")))
    record = {
        "task": id_,
        "participant": call.name,
        "msp_id": call.msp,
        "join": given | {"privacy_budget": budget},
        "joined_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }
    return {("join", id_, call.name): record}


def leave(call: Call, world: World) -> Writes:
    """A provider withdraws, for good."""
    id_, reason = call.take(2)
    task = Task(world, id_)
    task.require_state("PUBLISHED", "RUNNING")
    require(world.has("join", id_, call.name), f"{call.name} has not joined task {id_}")
    require(not world.has("leave", id_, call.name), f"{call.name} has left task {id_} before")
    record = {
        "task": id_,
        "participant": call.name,
        "reason": reason,
        "left_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }
    return {("leave", id_, call.name): record}


def start(call: Call, world: World) -> Writes:
    """The requester, or its archive, starts with those that joined; the first election."""
    id_, text = call.take(2)
    task = Task(world, id_)
    task.require_state("PUBLISHED")
    require(
        (call.name and call.name == task.record["requester"]) or task.is_archive(call),
        f"{call.name} is neither the requester nor its archive",
    )
    names = sorted(call.document(text))
    _require_startable(call, task, names)
    standings = [_standing(world, name) for name in names]
    base = task.definition["initial_model"]
    ranking = rank(standings, names, (), base["digest"])
    size = min(task.definition["governance"]["committee"], len(names))
    committee, leader = seat(ranking, (), standings, size, "")
    record = {
        "task": id_,
        "participants": names,
        "standings": standings,
        "round": 1,
        "ranking": ranking,
        "committee": committee,
        "leader": leader,
        "base": base,
        "started_by": call.name,
        "started_at_ms": call.now_ms,
        "deadline_ms": call.now_ms + task.round_ms,
        "tx_id": call.tx_id,
    }
    return {("start", id_): record}


def verify_text(call: Call, signature: str, message: str, what: str) -> None:
    """Check a signature in base64 by the caller's key over a text. Raises `Broken`."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except binascii.Error as error:
        raise Broken(f"{what} is no base64: {error}") from error
    verify(call.certificate, raw, message.encode(), what)


def _require_active(world: World, name: str) -> None:
    found = world.need("participant", name)
    require(found["state"] == "ACTIVE", f"{name} is {found['state']}")


def _require_startable(call: Call, task: Task, names: list[str]) -> None:
    """All chosen have joined, stay, and are active; there are enough, and those who could come."""
    limits = task.definition["participants"]
    for name in names:
        require(task.world.has("join", task.id, name), f"{name} has not joined")
        _require_active(task.world, name)
    require(not task.left(names), f"{', '.join(task.left(names))} left")
    require(limits["min"] <= len(names) <= limits["max"], f"{len(names)} are started with")
    full, due = len(names) == limits["max"], call.now_ms >= task.record["join_deadline_ms"]
    require(full or due, "not all places are taken, and the join deadline has not passed")


def _standing(world: World, name: str) -> Record:
    """What a participant begins with: its organisation's newest standing over all tasks."""
    msp = world.need("participant", name)["msp_id"]
    newest, reputation = standing(world, msp)
    return {
        "participant": name,
        "msp_id": msp,
        "snapshot": newest,
        "reputation": reputation,
        "merit_ppm": reputation,
        "share_ppm": 0,
        "points": 0,
        "added_micro": 0,
    }


def _amount(given: Record | None) -> Record:
    """A privacy amount as it is recorded: without one, it is of the mode `none`."""
    if not given or given.get("mode", "none") == "none":
        return {"mode": "none"}
    return {key: given[key] for key in ("mode", "epsilon_micro", "delta") if key in given}


def _require_granted(budget: Record, asked: Record) -> None:
    """A provider grants the same kind of privacy budget, and no more than is asked for."""
    require(budget["mode"] == asked["mode"], f"granted privacy {budget}, asked for was {asked}")
    if budget["mode"] == "none":
        return
    require(budget["epsilon_micro"] <= asked["epsilon_micro"], f"granted {budget} of {asked}")
    try:
        same = Decimal(budget["delta"]) == Decimal(asked["delta"])
    except InvalidOperation:
        same = budget["delta"] == asked["delta"]
    require(same, f"granted delta {budget['delta']}, asked for was {asked['delta']}")
