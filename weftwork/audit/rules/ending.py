"""How a task ends: at its last round, early, or because it cannot go on."""

from weftwork.audit.findings import Broken, require
from weftwork.audit.rules.money import settlement
from weftwork.audit.rules.reputation import Outcome, after
from weftwork.audit.rules.rounds import attendance
from weftwork.audit.rules.terms import fallen, next_term
from weftwork.audit.task import Round, Task
from weftwork.audit.term import Term
from weftwork.audit.world import Call, Record, World, Writes

__all__ = ["cancel", "finalize", "halt"]


def finalize(call: Call, world: World) -> Writes:
    """Whoever is concerned ends a task whose last record is final; it is paid for."""
    (id_,) = call.take(1)
    task = Task(world, id_)
    task.require_state("RUNNING")
    task.require_concerned(call)
    last = task.last_round
    if last is None or last["outcome"] != "FINAL":
        raise Broken("finished, but the last round is not final")
    record = {key: last[key] for key in ("task", "round", "digest", "size", "accuracy_ppm")} | {
        "finalized_by": call.name,
        "finished_at_ms": max(call.now_ms, last["committed_at_ms"]),
        "tx_id": call.tx_id,
    }
    return {("final", id_): record} | settlement(call, task, whole=True)


def cancel(call: Call, world: World) -> Writes:
    """The requester ends the task, and pays for what was done; its open round's faults count."""
    id_, reason = call.take(2)
    task = Task(world, id_)
    task.require_state("PUBLISHED", "RUNNING")
    require(call.name == task.record["requester"], f"{call.name} is not the requester")
    last = task.last_round
    final = last is not None and last["outcome"] == "FINAL"
    require(not final, "cancelled, though the last round was committed")
    faults = _shown(task, call.now_ms)
    outcome = Outcome(fees=task.definition["governance"]["fees"], faults=faults)
    record = {
        "task": id_,
        "reason": reason,
        "faults": faults,
        "standings": after(task.standings, outcome),
        "cancelled_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }
    return {("cancel", id_): record} | settlement(call, task, whole=False)


def _shown(task: Task, now_ms: int) -> list[Record]:
    """The faults that the open round has shown, where it has a committee at work."""
    last = task.last_round
    if task.start is None or (last and last["outcome"] != "CONTINUE"):
        return []
    round_ = Round(task, int(last["round"]) + 1 if last else 1)
    if round_.closing is None:
        return []
    term = Term(round_)
    shown: list[Record] = next_term(term, fallen(term, now_ms).members, now_ms)["faults"]
    return shown


def halt(call: Call, world: World) -> Writes:
    """Whoever is concerned ends a task whose open round cannot go on, for a reason that holds.

    The words of `detail` are nobody's rule: they are taken as they were written.
    """
    (id_,) = call.take(1)
    task = Task(world, id_)
    task.require_state("RUNNING")
    task.require_concerned(call)
    last = task.last_round
    round_ = Round(task, int(last["round"]) + 1 if last else 1)
    why = _open_reason(call, round_) if round_.closing is None else _closed_reason(call, round_)
    fees = task.definition["governance"]["fees"]
    outcome = Outcome(fees=fees, faults=why["faults"], rejected=why["rejected"])
    record = why | {
        "task": id_,
        "round": round_.number,
        "standings": after(round_.opening.standings, outcome),
        "halted_by": call.name,
        "tx_id": call.tx_id,
    }
    return {("halt", id_): record} | settlement(call, task, whole=False)


def _open_reason(call: Call, round_: Round) -> Record:
    extended = round_.world.has("extension", *round_.key)
    require(extended, "halted while it is open, without having been extended")
    require(call.now_ms >= round_.deadline_ms, "halted before the deadline")
    submitted, least = (
        attendance(round_)["submitted"],
        round_.task.definition["participants"]["min"],
    )
    require(len(submitted) < least, f"halted, though {len(submitted)} of {least} have submitted")
    return {
        "reason": "too-few-updates",
        "rejected": [],
        "faults": [],
        "halted_at_ms": call.now_ms,
    }


def _closed_reason(call: Call, round_: Round) -> Record:
    require(not round_.committed, "halted, though the round is committed")
    term = Term(round_)
    gone = fallen(term, call.now_ms)
    following = next_term(term, gone.members, call.now_ms)
    reason = ""
    if gone.refused:
        reason = "too-few-accepted"
    elif gone.split:
        reason = "committee-split"
    elif gone.members and len(following["committee"]) < round_.quorum:
        reason = "committee-exhausted"
    require(reason, "halted, though the round can go on")
    return {
        "reason": reason,
        "rejected": gone.refused if term.tally().accepted else [],
        "faults": following["faults"],
        "halted_at_ms": following["opened_at_ms"],
    }
