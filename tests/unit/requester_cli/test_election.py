"""An election computed again, against the rule and against what the ledger has."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requester_cli.election import Computed, Seats, disagreements, elect, lot, rank, seat
from tests.unit.requester_cli.examples import FACTORIES, records, sha
from weftwork.ledger.records import Committee, Fault, Left, Standing

BASE = sha("model 1")


def standings(**merits: int) -> list[Standing]:
    """By name; a name's organisation is what stands before an underscore."""
    return [
        Standing(participant=n, msp_id=n.partition("_")[0], reputation=merit, merit_ppm=merit)
        for n, merit in merits.items()
    ]


def view(found: list[Standing], **changes: Any) -> Committee:
    content = {
        "task": "digits-1",
        "round": 1,
        "state": "OPEN",
        "base_digest": BASE,
        "standings": found,
        "ranking": [],
        "quorum": 2,
    }
    return Committee.model_validate(content | changes)


def test_the_lot_is_of_the_base_digest_and_the_name() -> None:
    assert lot(BASE, "factory1") == sha(f"{BASE}\nfactory1")


class TestTheRanking:
    def test_the_highest_merit_is_first(self) -> None:
        assert rank(standings(a=1, b=3, c=2), "abc", "", BASE) == ["b", "c", "a"]

    def test_who_was_idle_is_last_whatever_its_merit(self) -> None:
        assert rank(standings(a=1, b=3, c=2), "abc", "b", BASE) == ["c", "a", "b"]

    def test_equals_are_drawn_by_lot(self) -> None:
        names = sorted("abcdef", key=lambda name: sha(f"{BASE}\n{name}"))
        assert rank(standings(**dict.fromkeys("fedcba", 5)), "abcdef", "", BASE) == names
        other = rank(standings(**dict.fromkeys("fedcba", 5)), "abcdef", "", sha("model 2"))
        assert other != names, "no name is lucky for ever"

    def test_who_left_is_not_ranked(self) -> None:
        assert rank(standings(a=1, b=3, c=2), "ac", "", BASE) == ["c", "a"]


class TestTheSeats:
    def test_an_organisation_has_one(self) -> None:
        found = standings(x_a=9, x_b=8, y_a=7, z_a=6)
        seats = seat(["x_a", "x_b", "y_a", "z_a"], (), found, 2, "")
        assert seats.committee == ["x_a", "y_a"]
        assert seats.unseated == {"x_b": "x_a has the seat of x", "z_a": "no seat is left"}

    def test_the_next_takes_the_seat_of_who_is_out(self) -> None:
        found = standings(x_a=9, x_b=8, y_a=7)
        assert seat(["x_a", "x_b", "y_a"], {"x_a"}, found, 2, "").committee == ["x_b", "y_a"]

    @pytest.mark.parametrize(
        ("last", "second", "leader", "why"),
        [
            ("", 10, "a", "first of the ranking"),
            ("b", 10, "a", "first of the ranking"),
            ("a", 75, "b", "a led the round before and steps back"),
            ("a", 74, "a", "b has less than 75 % of its merit"),
        ],
    )
    def test_the_first_leads_but_steps_back(
        self, last: str, second: int, leader: str, why: str
    ) -> None:
        seats = seat(["a", "b"], (), standings(a=100, b=second), 2, last)
        assert seats.leader == leader
        assert why in seats.why

    def test_who_is_alone_leads_again(self) -> None:
        assert seat(["a"], (), standings(a=1), 3, "a").leader == "a"

    def test_with_nobody_there_is_no_leader(self) -> None:
        assert seat([], (), [], 3, "") == Seats([], "", "nobody is seated")


class TestTheElection:
    found = standings(factory1=500_000, factory2=700_000, factory3=600_000)

    def test_of_the_first_round_is_among_all(self) -> None:
        computed = elect(view(self.found), None, 2)
        assert computed.ranking == ["factory2", "factory3", "factory1"]
        assert computed.seats.committee == ["factory2", "factory3"]

    def test_of_a_later_one_goes_by_the_record_before(self) -> None:
        fallen = Fault(participant="factory2", term=1, fault="unavailable")
        changes = {"next_participants": FACTORIES, "missing": ["factory3"], "replaced": [fallen]}
        before = records(1)[0].model_copy(update=changes)
        computed = elect(view(self.found), before, 3)
        assert computed.ranking == ["factory1", "factory2", "factory3"]
        assert computed.idle == ["factory3", "factory2"]

    def test_who_has_a_fault_and_was_not_replaced_is_ranked_last_as_well(self) -> None:
        fault = Fault(participant="factory2", term=1, fault="wrong-attestation")
        changes = {"next_participants": FACTORIES, "faults": [fault]}
        computed = elect(view(self.found), records(1)[0].model_copy(update=changes), 3)
        assert computed.ranking == ["factory3", "factory1", "factory2"]
        assert computed.idle == ["factory2"]

    def test_a_committee_is_no_larger_than_those_who_take_part(self) -> None:
        assert len(elect(view(self.found), None, 15).seats.committee) == 3


class TestAgreement:
    found = standings(a=9, b=8, c=7, d=6)

    def recorded(self, **changes: Any) -> tuple[Committee, Computed]:
        raw = view(
            self.found,
            ranking=["a", "b", "c", "d"],
            elected={"committee": ["a", "b", "c"], "leader": "a"},
            **changes,
        )
        return raw, elect(raw, None, 3)

    def term(self, number: int, committee: str, leader: str, **changes: Any) -> dict[str, Any]:
        steps = ("score", "reveal", "seal", "propose", "attest")
        content = {"term": number, "committee": list(committee), "leader": leader, "scorers": []}
        return content | {"evaluation": 1} | {f"{one}_by_ms": 0 for one in steps} | changes

    def test_of_a_ledger_that_keeps_the_rule(self) -> None:
        fallen = {"participant": "a", "term": 1, "fault": "wrong-proposal"}
        terms = [self.term(1, "abc", "a"), self.term(2, "bcd", "b", replaced=[fallen])]
        assert disagreements(*self.recorded(terms=terms), left=[]) == []

    def test_who_had_left_by_then_is_not_seated_again(self) -> None:
        left = [Left(participant="a", left_at_ms=5), Left(participant="d", left_at_ms=50)]
        terms = [self.term(1, "abc", "a"), self.term(2, "bcd", "b", opened_at_ms=6)]
        assert disagreements(*self.recorded(terms=terms), left=left) == []

    def test_what_is_not_by_the_rule_is_named(self) -> None:
        raw, computed = self.recorded(terms=[self.term(1, "abc", "b")])
        forged = raw.model_copy(update={"ranking": ["b", "a", "c", "d"]})
        assert disagreements(forged, computed, left=[]) == [
            "ranking: the ledger has ['b', 'a', 'c', 'd'], the rule gives ['a', 'b', 'c', 'd']",
            "leader of term 1: the ledger has b, the rule gives a",
        ]


@given(
    merits=st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9), min_size=1),
    size=st.integers(1, 8),
    idle=st.sets(st.sampled_from("abcdefgh")),
)
def test_a_committee_is_of_the_best_that_there_are(
    merits: dict[str, int], size: int, idle: set[str]
) -> None:
    ranking = rank(standings(**merits), merits, idle, BASE)
    seats = seat(ranking, (), standings(**merits), size, "")
    assert sorted(ranking) == sorted(merits)
    assert seats.committee == ranking[:size]
    chosen = [(name in idle, -merits[name]) for name in seats.committee]
    others = [(name in idle, -merits[name]) for name in ranking[size:]]
    assert max(chosen) <= min(others, default=(True, 0))
