"""Updates, until a round is closed."""

from weftwork.audit.findings import Broken, require
from weftwork.audit.rules.tasks import verify_text
from weftwork.audit.task import Round, Task
from weftwork.audit.world import Call, Record, World, Writes, number

__all__ = ["attendance", "close", "extend", "read_number", "submit"]


def submit(call: Call, world: World) -> Writes:
    """A participant's update, signed by it, of the round's base, within its privacy budget."""
    id_, at, text = call.take(3)
    round_ = Round(Task(world, id_), read_number(at))
    round_.require_open()
    require(call.role == "provider", f"the certificate grants the role {call.role!r}")
    require(call.name in round_.task.participants, f"{call.name} takes no part in task {id_}")
    require(round_.update(call.name) is None, f"{call.name} has submitted before")
    require(not round_.task.left([call.name]), f"{call.name} has left")
    given = call.document(text)
    base = round_.opening.base
    require(given["base_digest"] == base, f"trained from {given['base_digest']}, not {base}")
    message = f"weftwork.update.v1\n{id_}\n{at}\n{given['digest']}"
    verify_text(call, given["signature"], message, "the update")
    _require_within_budget(round_, call.name, given["privacy"])
    supplied = ("digest", "size", "samples", "base_digest", "signature", "privacy")
    record = {key: given[key] for key in supplied} | {
        "metrics": given.get("metrics", {}),
        "key": call.key,
        "task": id_,
        "round": round_.number,
        "participant": call.name,
        "msp_id": call.msp,
        "submitted_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }
    return {("update", *round_.key, call.name): record}


def close(call: Call, world: World) -> Writes:
    """Whoever is concerned ends the time for updates: all are in, or the deadline has passed."""
    id_, at = call.take(2)
    round_ = Round(Task(world, id_), read_number(at))
    round_.require_open()
    round_.task.require_concerned(call)
    there = attendance(round_)
    due = call.now_ms >= round_.deadline_ms
    missing = ", ".join(there["missing"])
    require(not missing or due, f"closed before the deadline, without {missing}")
    least = round_.task.definition["participants"]["min"]
    require(len(there["submitted"]) >= least, f"closed with {len(there['submitted'])} of {least}")
    arrived = [one["submitted_at_ms"] for one in round_.updates]  # it is not dated before these
    record = there | {
        "task": id_,
        "round": round_.number,
        "closed_by": call.name,
        "closed_at_ms": max(call.now_ms, round_.opening.opened_at_ms, *arrived),
        "tx_id": call.tx_id,
    }
    return {("closing", *round_.key): record}


def extend(call: Call, world: World) -> Writes:
    """Too few at the deadline: as much time again, once."""
    id_, at = call.take(2)
    round_ = Round(Task(world, id_), read_number(at))
    round_.require_open()
    round_.task.require_concerned(call)
    require(not world.has("extension", *round_.key), "the round was extended before")
    require(call.now_ms >= round_.deadline_ms, "extended before the deadline")
    least = round_.task.definition["participants"]["min"]
    require(len(round_.updates) < least, f"extended, though {least} have submitted")
    record = {
        "task": id_,
        "round": round_.number,
        "deadline_ms": call.now_ms + round_.task.round_ms,
        "extended_by": call.name,
        "extended_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }
    return {("extension", *round_.key): record}


def attendance(round_: Round) -> Record:
    """Who submitted, who left without, who is missing: all that were sampled."""
    sampled = round_.opening.sampled
    submitted = [name for name in sampled if round_.update(name) is not None]
    silent = [name for name in sampled if name not in submitted]
    left = round_.task.left(silent)
    missing = [name for name in silent if name not in left]
    return {"submitted": submitted, "missing": missing, "left": left}


def read_number(text: str) -> int:
    """A round or a term in an argument. Raises `Broken`."""
    if not text.isdecimal() or int(text) < 1 or str(int(text)) != text:
        raise Broken(f"{text!r} is no number of a round or term")
    return int(text)


def _require_within_budget(round_: Round, name: str, spent: Record) -> None:
    """Privacy spent is of the kind granted at joining, no more of it, and no less than before."""
    granted = round_.world.need("join", round_.task.id, name)["join"]["privacy_budget"]
    require(spent["mode"] == granted["mode"], f"spent in {spent['mode']}, granted {granted}")
    if spent["mode"] == "none":
        return
    require(spent["delta"] == granted["delta"], f"spent at delta {spent['delta']}")
    budget, now = granted["epsilon_micro"], spent["epsilon_micro"]
    require(now <= budget, f"epsilon_micro {now} is spent, the budget is {budget}")
    before = [
        update["privacy"].get("epsilon_micro", 0)
        for at in range(1, round_.number)
        if (update := round_.world.get("update", round_.task.id, number(at), name))
    ]
    require(not before or now >= before[-1], f"epsilon_micro {now} is less than before")
