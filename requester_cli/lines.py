"""The news of a task as plain lines, for logs and for terminals that cannot be redrawn."""

from typing import Any

from requester_cli import progress, units
from requester_cli.board import footnotes, too_few
from weftwork.ledger.records import RoundRecord
from weftwork.terminal import printable
from weftwork.units import MILLION


def line(document: dict[str, Any]) -> str:
    """One of `progress.news` as one line, also where somebody's words are several."""
    text = f"{document['task']}  {LINES[document['event']](document)}"
    return printable(text).replace("\n", " ")


def _joined(document: dict[str, Any]) -> str:
    joined = document["joined"]
    text = f"{len(joined)} of {document['max']} providers joined"
    return f"{text}: {units.names(joined)}" if joined else text


def _round(document: dict[str, Any]) -> str:
    submitted, missing = document["submitted"], document["missing"]
    text = f"round {document['round']} of {document['rounds']}  {document['stage']}"
    text += f", {len(submitted)} of {len(submitted) + len(missing)} in"
    if missing:
        text += f", missing {units.names(missing)}"
    open_ = document["stage"] in ("training", "closing")
    if open_ and progress.in_vain(len(submitted), len(missing), document["min"]):
        return f"{text}, {too_few(document['min'])}"
    if document["term"] > 1:
        text += f", term {document['term']}"
    if document["waits_for"] and not open_:
        text += f", waiting for {units.names(document['waits_for'])}"
    return f"{text}, committee {units.names(document['committee'])}, leader {document['leader']}"


def _committed(document: dict[str, Any]) -> str:
    record = RoundRecord.model_validate(document["record"])
    spans = progress.spans(record)
    text = (
        f"round {record.round} of {document['rounds']}  committed,"
        f" {len(record.submitted)} of {len(record.sampled)} in,"
        f" accuracy {units.percent(record.accuracy_ppm)}, leader {record.leader},"
        f" {units.size(progress.size(record.submitted))},"
        f" {units.seconds(spans.training)} training,"
        f" {units.seconds(spans.judging)} judging,"
        f" {units.seconds(spans.aggregating)} aggregating, transaction {units.short(record.tx_id)}"
    )
    notes = (note.partition(": ")[2] for note in footnotes([record]))
    return "; ".join((text, *notes, *_contributed(record)))


def _contributed(record: RoundRecord) -> list[str]:
    """What the accepted updates took off the loss, where that was measured."""
    if not any(one.contribution_micro for one in record.accepted):
        return []
    added = [
        f"{one.participant} {one.contribution_micro / MILLION:+.4f}" for one in record.accepted
    ]
    return [f"contributed {', '.join(added)}"]


def _ended(document: dict[str, Any]) -> str:
    took = units.seconds(document["ended_at_ms"] - document["published_at_ms"])
    text = f"{document['state']} after {took}"
    if document["state"] == "FINISHED":
        accuracy = units.percent(document["accuracy_ppm"])
        return f"{text}, accuracy {accuracy}, model {document['model']['digest']}"
    return f"{text}: {document['reason']}" if document["reason"] else text


LINES = {
    "joined": _joined,
    "started": lambda document: f"started with {units.names(document['participants'])}",
    "left": lambda document: f"{document['participant']} left: {document['reason']}",
    "round": _round,
    "committed": _committed,
    "ended": _ended,
}
