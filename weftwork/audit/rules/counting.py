"""What a task that has ended counts for: the standings of organisations, by number."""

from collections.abc import Sequence

from weftwork.audit.findings import Broken, require
from weftwork.audit.rules.reputation import INITIAL, bounded
from weftwork.audit.task import Round, Task
from weftwork.audit.world import Call, Record, World, Writes, number

__all__ = ["count", "standing"]

VOUCHING = 3  # organisations on the committee of a round that may raise a reputation


def count(call: Call, world: World) -> Writes:
    """What an ended task changed of an organisation's reputation becomes its standing, once."""
    id_, msp = call.take(2)
    task = Task(world, id_)
    task.require_state("FINISHED", "CANCELLED", "HALTED")
    task.require_concerned(call)
    if task.start is None:
        raise Broken(f"task {id_} never started: it counts for nobody")
    require(not world.has("counted", msp, id_), f"task {id_} was counted for {msp} before")
    change = _change(task, msp, task.start["standings"])
    newest, reputation = standing(world, msp)
    record = {
        "msp_id": msp,
        "number": newest + 1,
        "task": id_,
        "change": change,
        "reputation": bounded(reputation + change),
        "counted_by": call.name,
        "counted_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }
    index = {"msp_id": msp, "task": id_, "number": newest + 1}
    return {("record", msp, _digits(newest + 1)): record, ("counted", msp, id_): index}


def standing(world: World, msp: str) -> tuple[int, int]:
    """The number of an organisation's newest standing, 0 if it has none, and its reputation."""
    newest = 0
    while world.has("record", msp, _digits(newest + 1)):
        newest += 1
    if not newest:
        return 0, INITIAL
    return newest, int(world.need("record", msp, _digits(newest))["reputation"])


def _change(task: Task, msp: str, start: Sequence[Record]) -> int:
    """The least of what the organisation's participants have of the task.

    That is what one has gained or lost from the start to the end, but at most what it had gained
    when the last round was over whose elected committee was of three organisations.
    """
    begun, ended = _reputations(start), _reputations(task.standings)
    vouched, at = begun, 1
    while record := task.world.get("round", task.id, number(at)):
        if len(Round(task, at).opening.committee) >= VOUCHING:
            vouched = _reputations(record["standings"])
        at += 1
    own = [one["participant"] for one in task.standings if one["msp_id"] == msp]
    require(own, f"nobody of {msp} took part in task {task.id}")
    return min(min(ended[name], vouched[name]) - begun[name] for name in own)


def _reputations(standings: Sequence[Record]) -> dict[str, int]:
    return {one["participant"]: one["reputation"] for one in standings}


def _digits(value: int) -> str:
    """A standing's number in its key; it may become larger than a round's."""
    return f"{value:016d}"
