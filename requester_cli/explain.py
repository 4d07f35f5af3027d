"""`explain-election`: why a round is decided by whom, and whether the rule says the same."""

import asyncio
from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from requester_cli import election, output, units
from requester_cli.election import Computed
from requester_cli.session import open_ledger
from requester_cli.settings import Settings
from weftwork.errors import IntegrityError
from weftwork.ledger.records import Committee, Left
from weftwork.lookup import find_task
from weftwork.units import MILLION


def explain(settings: Settings, task: str, round_number: int) -> None:
    """Print the election; `IntegrityError` where the ledger has not what the rule gives."""
    view, computed, left = asyncio.run(_look_up(settings, task, round_number))
    wrong = election.disagreements(view, computed, left)
    if settings.json:
        output.json_document(document(view, computed, wrong))
    else:
        output.show(table(view, computed), "", *lines(view, computed, wrong))
    if wrong:
        raise IntegrityError(f"the election of round {round_number} of {task}: {'; '.join(wrong)}")


async def _look_up(
    settings: Settings, task: str, round_number: int
) -> tuple[Committee, Computed, list[Left]]:
    async with open_ledger(settings) as ledger:
        found = await find_task(ledger, task)
        view = await ledger.committees.get(task, round_number)
        before = None
        if round_number > 1:
            before = (await ledger.rounds.get(task, round_number - 1)).record
        size = found.definition.governance.committee
        return view, election.elect(view, before, size), found.left


def document(view: Committee, computed: Computed, wrong: list[str]) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "task": view.task,
        "round": view.round,
        "base_digest": view.base_digest,
        "quorum": view.quorum,
        "last_leader": view.last_leader,
        "ranking": [_candidate(view, computed, name) for name in computed.ranking],
        "committee": computed.committee,
        "leader": computed.leader,
        "why": why(view, computed),
        "terms": [
            {"term": one.term, "committee": one.committee, "leader": one.leader}
            | {"renewals": one.renewals}
            | {"replaced": [fault.model_dump() for fault in one.replaced]}
            for one in view.terms
        ],
        "agrees": not wrong,
        "disagreements": wrong,
    }


def _candidate(view: Committee, computed: Computed, name: str) -> dict[str, Any]:
    standing = next(one for one in view.standings if one.participant == name)
    return {
        "participant": name,
        "msp_id": standing.msp_id,
        "reputation": standing.reputation,
        "merit_ppm": standing.merit_ppm,
        "idle": name in computed.idle,
        "lot": computed.lots[name],
        "seat": _seat(view, computed, name),
    }


def _seat(view: Committee, computed: Computed, name: str) -> str:
    """What a candidate was elected for, or why it was not."""
    if name == computed.leader:
        return "leads"
    if name in computed.committee:
        return "seated"
    organisations = {one.participant: one.msp_id for one in view.standings}
    own = organisations[name]
    holders = [one for one in computed.committee if organisations[one] == own]
    return f"{holders[0]} has the seat of {own}" if holders else "no seat is left"


def why(view: Committee, computed: Computed) -> str:
    """Why the leader leads."""
    if not computed.committee:
        return "nobody is seated"
    first, *others = computed.committee
    if first != view.last_leader:
        return "first of the ranking that is seated"
    if not others:
        return "led the round before, and nobody else is seated"
    if first == computed.leader:
        return f"led the round before, but {others[0]} has less than 75 % of its merit"
    return f"{first} led the round before and steps back"


def table(view: Committee, computed: Computed) -> Table:
    """One row a candidate, in the order of the ranking."""
    shown = output.table(
        ("", "right"),
        ("candidate", "left"),
        ("organisation", "left"),
        ("reputation", "right"),
        ("merit", "right"),
        ("lot", "left"),
        ("seat", "left"),
    )
    for place, name in enumerate(computed.ranking, 1):
        one = _candidate(view, computed, name)
        shown.add_row(
            str(place),
            name,
            one["msp_id"],
            _millionths(one["reputation"]),
            _millionths(one["merit_ppm"]),
            units.short(one["lot"]),
            one["seat"] + (", was idle" if one["idle"] else ""),
        )
    return shown


def _millionths(number: int) -> str:
    return f"{number / MILLION:.3f}"


def lines(view: Committee, computed: Computed, wrong: list[str]) -> Iterator[Text]:
    """Who leads and why, each term, and whether the ledger agrees."""
    yield Text(f"{computed.leader} leads: {why(view, computed)}; {view.quorum} decide")
    known: set[str] = set()
    renewals = 0
    for term in view.terms:
        again = ", anew" if term.renewals > renewals else ""
        renewals = term.renewals
        text = f"term {term.term}{again}: {units.names(term.committee)}, led by {term.leader}"
        fallen = [one for one in term.replaced if one.participant not in known]
        known |= {one.participant for one in fallen}
        reasons = ", ".join(f"{one.participant} ({one.fault})" for one in fallen)
        yield Text(f"{text}; replaced {reasons}" if reasons else text)
    if wrong:
        yield from (Text(one, style="red") for one in wrong)
    else:
        yield Text("computed again from the standings: the ledger has what the rule gives")
