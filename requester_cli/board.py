"""A task and its rounds on a screen: the table, its footnotes, what is going on now."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from requester_cli import contributions, output, progress, units
from requester_cli.progress import Snapshot, Spans
from weftwork.ledger.records import Rejection, Round, RoundRecord, Task

# Lines of the providers' table beside its rows: headings, and the privacy.
TABLE_FRAME = 3


def rounds(records: Sequence[RoundRecord], open_round: Round | None, now_ms: int) -> Table:
    """One row a committed round, and one for the open round, as far as it has come."""
    table = output.table(
        ("round", "right"),
        ("in", "right"),
        ("leader", "left"),
        ("accuracy", "right"),
        ("bytes", "right"),
        ("train", "right"),
        ("judge", "right"),
        ("aggr.", "right"),
        ("tx", "left"),
    )
    for record in records:
        table.add_row(*_committed(record))
    if open_round is not None:
        table.add_row(*_open(open_round, now_ms), style="cyan")
    return table


def _committed(record: RoundRecord) -> tuple[str, ...]:
    return (
        str(record.round),
        f"{len(record.submitted)} of {len(record.sampled)}",
        record.leader,
        units.percent(record.accuracy_ppm),
        units.size(progress.size(record.submitted)),
        *_seconds(progress.spans(record)),
        units.short(record.tx_id),
    )


def _open(round_: Round, now_ms: int) -> tuple[str, ...]:
    updates = round_.updates
    return (
        str(round_.round),
        f"{len(updates)} of {len(updates) + len(round_.missing)}",
        round_.leader,
        "-",
        units.size(progress.size(updates)),
        *_seconds(progress.spans_so_far(round_, now_ms)),
        "",
    )


def _seconds(spans: Spans) -> tuple[str, str, str]:
    return (
        units.seconds(spans.training),
        units.seconds(spans.judging),
        units.seconds(spans.aggregating),
    )


def footnotes(records: Sequence[RoundRecord]) -> Iterator[str]:
    """Who was not part of a round, and why: a round never succeeds silently on a subset.

    And who of its committee did wrong or was replaced.
    """
    for record in records:
        found = [f"missing {units.names(record.missing)}"] if record.missing else []
        found += [f"{_fate(one)} {one.participant} ({one.reason})" for one in record.rejected]
        found += [f"{units.names(record.left)} left"] if record.left else []
        found += [f"replaced {one.participant} ({one.fault})" for one in record.replaced]
        replaced = {(one.participant, one.fault) for one in record.replaced}
        faults = [one for one in record.faults if (one.participant, one.fault) not in replaced]
        found += [f"fault of {one.participant} ({one.fault})" for one in faults]
        if found:
            yield f"round {record.round}: {'; '.join(found)}"


def _fate(one: Rejection) -> str:
    """Without a quorum nobody is to blame: some of the committee were away."""
    return "rejected" if one.by_quorum else "kept out"


def waiting(task: Task, round_: Round, now_ms: int) -> str:
    """What the open round waits for, and for how long; in vain if too few are left for it."""
    least = task.definition.participants.min
    open_ = round_.term is None
    if open_ and progress.in_vain(len(round_.updates), len(round_.missing), least):
        return f"round {round_.round}: {too_few(least)}"
    text = f"round {round_.round}: {progress.stage(round_)}"
    if round_.term and round_.term.term > 1:
        text += f" in term {round_.term.term}"
    names = progress.waits_for(round_)
    if not names:
        return f"{text}, the committee is {_committee(round_)}"
    left = _left(round_.deadline_ms - now_ms) if open_ else ""
    return f"{text}, waiting for {units.names(names)}{left}"


def _committee(round_: Round) -> str:
    return f"{units.names(round_.committee)}, led by {round_.leader}"


def too_few(least: int) -> str:
    """What becomes of a round that too many have left."""
    return f"too few of at least {least} providers are left; the task will be halted"


def joining(snapshot: Snapshot, now_ms: int) -> str:
    """Who joined a task that has not started."""
    task = snapshot.task
    limits = task.definition.participants
    joined = [one.participant for one in task.joined]
    enough = f" ({limits.min} are enough)" if limits.min < limits.max else ""
    text = f"{len(joined)} of {limits.max} providers joined{enough}"
    text += f": {units.names(joined)}" if joined else ""
    return text + _left(task.join_deadline_ms - now_ms)


def _left(milliseconds: int) -> str:
    return f", {milliseconds // 1000} s left" if milliseconds > 0 else ", past the deadline"


def ending(snapshot: Snapshot) -> str:
    """How the task ended."""
    task = snapshot.task
    took = units.seconds(task.ended_at_ms - task.published_at_ms)
    text = f"{task.state} after {units.count(len(snapshot.records), 'round')} and {took}"
    if task.state == "FINISHED":
        accuracy, digest = units.percent(task.accuracy_ppm), units.short(task.model.digest)
        return f"{text}, accuracy {accuracy}, model {digest}"
    return f"{text}: {task.reason}" if task.reason else text


def whole(snapshot: Snapshot, now_ms: int, *, rows: int | None = None, note: str = "") -> Group:
    """The task as it stands now; `rows` lines for rounds and providers, the newest rounds."""
    task = snapshot.task
    figures = contributions.table(snapshot.records, task.joined)
    records = snapshot.records
    if rows is not None:
        rows -= figures.row_count + TABLE_FRAME if figures else 0
        records = records[-max(rows, 1) :]
    heading = Text.assemble((task.id, "bold"), f"  {task.definition.title}  ")
    parts: list[RenderableType] = [heading.append_text(output.state(task.state))]
    hidden = len(snapshot.records) - len(records)
    if hidden:
        parts.append(Text(f"({units.count(hidden, 'earlier round')})", style="dim"))
    if records or snapshot.open:
        parts.append(rounds(records, snapshot.open, now_ms))
    if figures:
        parts += [figures, Text(contributions.promise(task.definition.privacy), style="dim")]
    parts += [Text(line, style="yellow") for line in footnotes(records)]
    parts += [Text(line) for line in _now(snapshot, now_ms)]
    if note:
        parts.append(Text(note, style="yellow"))
    return Group(*parts)


def _now(snapshot: Snapshot, now_ms: int) -> Iterator[str]:
    if snapshot.ended:
        yield ending(snapshot)
    elif snapshot.open is not None:
        yield from (f"{one.participant} left: {one.reason}" for one in snapshot.task.left)
        yield waiting(snapshot.task, snapshot.open, now_ms)
    elif not snapshot.task.participants:
        yield joining(snapshot, now_ms)
