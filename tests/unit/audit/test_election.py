"""The auditor's election, against elections made by hand."""

import hashlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from weftwork.audit.rules.election import lot, rank, seat

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
    standings = [standing(name, 5) for name in names]
    assert rank(standings, names, [], BASE) == drawn == sorted(names, key=lambda n: lot(BASE, n))
    assert rank(standings, names, [], "1" * 64) != drawn, "no name is lucky for ever"


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


@given(
    merits=st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9), min_size=1),
    size=st.integers(1, 8),
    idle=st.sets(st.sampled_from("abcdefgh")),
)
def test_a_committee_is_of_the_best_that_there_are(
    merits: dict[str, int], size: int, idle: set[str]
) -> None:
    standings = [standing(name, merit) for name, merit in merits.items()]
    ranking = rank(standings, merits, idle, BASE)
    committee, _ = seat(ranking, (), standings, size, "")
    assert sorted(ranking) == sorted(merits)
    assert committee == ranking[:size]
    chosen = [(name in idle, -merits[name]) for name in committee]
    others = [(name in idle, -merits[name]) for name in ranking[size:]]
    assert max(chosen) <= min(others, default=(True, 0))
