"""What `explain-election` prints."""

import io
from typing import Any

import pytest
from rich.console import Console

from requester_cli import election, explain
from requester_cli.election import Computed
from tests.unit.requester_cli.examples import sha
from weftwork.audit.rules.election import lot
from weftwork.ledger.records import Committee

BASE = sha("model 0")


def found() -> tuple[Committee, Computed]:
    """Four of three organisations; the leader of the first term has lied."""
    names = {"munich": "AMSP", "munich2": "AMSP", "lyon": "BMSP", "turin": "CMSP"}
    merits = {"munich": 900_000, "munich2": 800_000, "lyon": 700_000, "turin": 600_000}
    standings = [
        {"participant": n, "msp_id": msp, "reputation": merits[n], "merit_ppm": merits[n]}
        for n, msp in names.items()
    ]
    lied = {"participant": "munich", "term": 1, "fault": "wrong-proposal"}
    seated = ["munich2", "lyon", "turin"]
    terms = [_term(1, ["munich", "lyon", "turin"]), _term(2, seated, [lied])]
    terms.append(_term(3, seated, [lied]) | {"renewals": 1})
    raw = {
        "task": "digits-1",
        "round": 1,
        "state": "EVALUATING",
        "base_digest": BASE,
        "standings": standings,
        "ranking": list(names),
        "elected": {"committee": ["munich", "lyon", "turin"], "leader": "munich"},
        "quorum": 2,
        "terms": terms,
    }
    view = Committee.model_validate(raw)
    return view, election.elect(view, None, 3)


def _term(number: int, committee: list[str], replaced: list[Any] | None = None) -> dict[str, Any]:
    steps = ("score", "reveal", "seal", "propose", "attest")
    content = {"term": number, "committee": committee, "leader": committee[0], "evaluation": 1}
    content |= {"scorers": committee, "replaced": replaced or []}
    return content | {f"{step}_by_ms": 0 for step in steps}


def test_the_screen() -> None:
    view, computed = found()
    console = Console(file=io.StringIO(), width=120, highlight=False)
    console.print(
        explain.table(view, computed),
        *explain.lines(view, computed, election.disagreements(view, computed, [])),
        sep="\n",
    )
    assert isinstance(console.file, io.StringIO)
    lots = {name: lot(BASE, name)[:8] for name in computed.ranking}
    rows = [" ".join(line.split()) for line in console.file.getvalue().splitlines()]
    assert rows == [
        "candidate organisation reputation merit lot seat",
        f"1 munich AMSP 0.900 0.900 {lots['munich']} leads",
        f"2 munich2 AMSP 0.800 0.800 {lots['munich2']} munich has the seat of AMSP",
        f"3 lyon BMSP 0.700 0.700 {lots['lyon']} seated",
        f"4 turin CMSP 0.600 0.600 {lots['turin']} seated",
        "munich leads: first of the ranking that is seated; 2 decide",
        "term 1: munich, lyon and turin, led by munich",
        "term 2: munich2, lyon and turin, led by munich2; replaced munich (wrong-proposal)",
        "term 3, anew: munich2, lyon and turin, led by munich2",
        "computed again from the standings: the ledger has what the rule gives",
    ]


def test_the_document() -> None:
    view, computed = found()
    document = explain.document(view, computed, [])
    assert document["agrees"] is True
    assert (document["leader"], document["committee"]) == ("munich", ["munich", "lyon", "turin"])
    assert document["ranking"][1] == {
        "participant": "munich2",
        "msp_id": "AMSP",
        "reputation": 800_000,
        "merit_ppm": 800_000,
        "idle": False,
        "lot": lot(BASE, "munich2"),
        "seat": "munich has the seat of AMSP",
    }
    assert document["terms"][1]["replaced"][0]["fault"] == "wrong-proposal"
    assert [one["renewals"] for one in document["terms"]] == [0, 0, 1]


def test_a_ledger_that_does_not_keep_the_rule_is_told_so() -> None:
    view, computed = found()
    wrong = ["leader: the ledger has lyon, the rule gives munich"]
    assert explain.document(view, computed, wrong)["agrees"] is False
    assert wrong[0] in [line.plain for line in explain.lines(view, computed, wrong)]


@pytest.mark.parametrize(
    ("size", "last", "merit", "leader", "why"),
    [
        (2, "", 600_000, "munich", "first of the ranking that is seated"),
        (2, "lyon", 600_000, "munich", "first of the ranking that is seated"),
        (2, "munich", 675_000, "lyon", "munich led the round before and steps back"),
        (2, "munich", 674_999, "munich", "but lyon has less than 75 % of its merit"),
        (1, "munich", 600_000, "munich", "and nobody else is seated"),
    ],
)
def test_why_the_leader_leads(size: int, last: str, merit: int, leader: str, why: str) -> None:
    view, _ = found()
    standings = [
        one.model_copy(update={"merit_ppm": merit}) if one.participant == "lyon" else one
        for one in view.standings
    ]
    view = view.model_copy(update={"standings": standings, "last_leader": last})
    computed = election.elect(view, None, size)
    assert computed.leader == leader
    assert why in explain.why(view, computed)


def test_where_nobody_is_seated_nobody_leads() -> None:
    view = found()[0].model_copy(update={"standings": []})
    assert explain.why(view, election.elect(view, None, 3)) == "nobody is seated"


def test_who_came_too_late_for_a_seat_is_told_so() -> None:
    view, _ = found()
    document = explain.document(view, election.elect(view, None, 2), [])
    seats = {one["participant"]: one["seat"] for one in document["ranking"]}
    assert seats == {
        "munich": "leads",
        "munich2": "munich has the seat of AMSP",
        "lyon": "seated",
        "turin": "no seat is left",
    }
