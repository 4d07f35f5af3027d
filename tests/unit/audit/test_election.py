"""The auditor's election, against elections made by hand."""

import hashlib
from typing import Any

from weftwork.audit.rules.election import rank, seat

BASE = "0" * 64


def standing(participant: str, merit: int, msp: str = "") -> dict[str, Any]:
    return {"participant": participant, "msp_id": msp or participant, "merit_ppm": merit}


def test_merit_decides_among_those_who_did_their_part() -> None:
    standings = [standing("a", 900_000), standing("b", 500_000), standing("c", 700_000)]
    assert rank(standings, ["a", "b", "c"], ["a"], BASE) == ["c", "b", "a"]
    assert rank(standings, ["a", "b"], [], BASE) == ["a", "b"]


def test_equals_draw_lots_by_the_base_model() -> None:
    names = ["a", "b", "c", "d"]
    drawn = sorted(names, key=lambda name: hashlib.sha256(f"{BASE}\n{name}".encode()).hexdigest())
    assert rank([standing(name, 5) for name in names], names, [], BASE) == drawn


def test_an_organisation_has_one_seat() -> None:
    standings = [standing("a", 9, "X"), standing("b", 8, "X"), standing("c", 7, "Y")]
    assert seat(["a", "b", "c"], [], standings, 3, "") == (["a", "c"], "a")
    assert seat(["a", "b", "c"], ["a"], standings, 3, "") == (["b", "c"], "b")


def test_no_more_seats_than_the_size() -> None:
    standings = [standing(name, 5) for name in "abc"]
    assert seat(["c", "a", "b"], [], standings, 2, "") == (["c", "a"], "c")


def test_a_leader_steps_back_for_three_quarters_of_its_merit() -> None:
    enough = [standing("a", 1000), standing("b", 750)]
    too_little = [standing("a", 1000), standing("b", 749)]
    assert seat(["a", "b"], [], enough, 2, "a")[1] == "b"
    assert seat(["a", "b"], [], too_little, 2, "a")[1] == "a"
    assert seat(["a", "b"], [], enough, 2, "b")[1] == "a"
    assert seat(["a"], [], enough, 2, "a")[1] == "a"


def test_where_all_are_out_nobody_leads() -> None:
    assert seat(["a"], ["a"], [standing("a", 5)], 1, "") == ([], "")
