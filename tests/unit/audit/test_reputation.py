"""The auditor's shares and reputations, computed by hand."""

from typing import Any

import pytest

from weftwork.audit.rules.reputation import Outcome, after, bounded

FEES = {"committee_ppm": 100_000, "leader_ppm": 50_000}


def standing(
    participant: str, reputation: int = 500_000, points: int = 0, added: int = 0
) -> dict[str, Any]:
    return {
        "participant": participant,
        "reputation": reputation,
        "points": points,
        "added_micro": added,
    }


def part(participant: str, contribution: int) -> dict[str, Any]:
    return {"participant": participant, "contribution_micro": contribution}


def rejection(participant: str, *, by_quorum: bool = True) -> dict[str, Any]:
    return {"participant": participant, "reason": "harmful", "by_quorum": by_quorum}


def faults(participant: str, what: str) -> list[dict[str, Any]]:
    return [{"participant": participant, "term": 1, "fault": what}]


def test_a_round_by_hand() -> None:
    outcome = Outcome(
        fees=FEES,
        accepted=[part("a", 300), part("b", 100), part("c", -50)],
        rejected=[rejection("d")],
        served=["a", "b"],
        seats=3,
        leader="a",
    )
    a, b, c, d = after([standing("a", points=7), *map(standing, "bcd")], outcome)
    # 850,000 by 300 : 100 : 0, a third of 100,000 for each seat, and 50,000 to the leader
    assert a["share_ppm"] == 637_500 + 33_333 + 50_000
    assert a["points"] == 7 + a["share_ppm"]
    assert b["share_ppm"] == 212_500 + 33_333
    assert c["share_ppm"] == d["share_ppm"] == 0
    # half of the median is 50: quality 300/350, 100/150 and 0/50 of a million
    assert a["reputation"] == 500_000 + (857_142 - 500_000) // 8
    assert b["reputation"] == 500_000 + (666_666 - 500_000) // 8
    assert c["reputation"] == 500_000 - 62_500
    assert d["reputation"] == 450_000
    assert a["merit_ppm"] == a["reputation"] + 637_500  # no fee is merit


def test_who_adds_nothing_to_a_round_does_not_rise_by_those_before() -> None:
    outcome = Outcome(fees=FEES, accepted=[part("a", 0), part("b", 1)])
    a, b = after([standing("a", added=800), standing("b", added=800)], outcome)
    assert a["share_ppm"] > 400_000
    assert a["reputation"] == 500_000
    assert b["reputation"] > 500_000


def test_rounds_before_count_an_eighth_less_each() -> None:
    outcome = Outcome(
        fees={"committee_ppm": 0, "leader_ppm": 0},
        accepted=[part("a", 10), part("b", -100)],
        rejected=[rejection("c")],
    )
    before = [standing("a", added=23), standing("b", added=320), standing("c", added=15)]
    a, b, c = after(before, outcome)
    # 23 - 2 + 10, 320 - 40 - 100 and 15 - 1, of which the last is not paid: its update was refused
    assert [one["added_micro"] for one in (a, b, c)] == [31, 180, 14]
    assert (a["share_ppm"], b["share_ppm"]) == (31 * 10**6 // 211, 180 * 10**6 // 211)
    assert c["share_ppm"] == 0
    # halfway between the two is 105, half of that 52: quality 31/83 of a million
    assert a["reputation"] == 500_000 - (500_000 - 373_493) // 8
    assert b["reputation"] == 500_000  # its quality is 180/232, but it added nothing to this one


def test_what_fewer_than_a_quorum_keep_out_is_nobodys_gain() -> None:
    accepted, no_fees = [part("b", 40), part("c", 20)], {"committee_ppm": 0, "leader_ppm": 0}
    before = [standing("a", added=160), standing("b"), standing("c")]
    kept_out = Outcome(no_fees, accepted, [rejection("a", by_quorum=False)])
    a, b, c = after(before, kept_out)
    assert [one["share_ppm"] for one in (a, b, c)] == [0, 200_000, 100_000]  # a has 140 of 200
    assert (a["reputation"], a["added_micro"]) == (500_000, 140)
    a, b, c = after(before, Outcome(no_fees, accepted, [rejection("a")]))
    assert (a["reputation"], b["share_ppm"]) == (450_000, 666_666)


def test_an_eighth_is_rounded_towards_where_it_was() -> None:
    outcome = Outcome(fees=FEES, accepted=[part("a", 1), part("b", 0)])
    (_, b) = after([standing("a"), standing("b", 15)], outcome)
    assert b["reputation"] == 15 - 1


def test_a_round_in_which_nobody_added_anything_shows_nothing() -> None:
    outcome = Outcome(fees=FEES, accepted=[part("a", 0), part("b", -3)])
    assert [one["reputation"] for one in after([standing("a"), standing("b")], outcome)] == [
        500_000,
        500_000,
    ]


@pytest.mark.parametrize(
    ("what", "lost"),
    [
        ("left", 0),
        ("unavailable", 50_000),
        ("wrong-verdicts", 50_000),
        ("wrong-attestation", 100_000),
        ("wrong-proposal", 250_000),
    ],
)
def test_what_a_fault_costs(what: str, lost: int) -> None:
    (one,) = after([standing("a")], Outcome(fees=FEES, faults=faults("a", what)))
    assert one["reputation"] == 500_000 - lost


def test_a_reputation_stays_within_its_bounds() -> None:
    assert (bounded(-1), bounded(1_000_001), bounded(5)) == (0, 1_000_000, 5)
