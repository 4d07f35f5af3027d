"""An election computed again, against the rule and against what the ledger has."""

from typing import Any

import pytest

from requester_cli.election import Computed, disagreements, elect
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


class TestTheElection:
    found = standings(factory1=500_000, factory2=700_000, factory3=600_000)

    def test_of_the_first_round_is_among_all(self) -> None:
        computed = elect(view(self.found), None, 2)
        assert computed.ranking == ["factory2", "factory3", "factory1"]
        assert computed.committee == ["factory2", "factory3"]

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
        assert len(elect(view(self.found), None, 15).committee) == 3


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
        left = [Left(participant="a", left_at_ms=5), Left(participant="d", left_at_ms=100_000)]
        terms = [self.term(1, "abc", "a"), self.term(2, "bcd", "b", opened_at_ms=50_000)]
        assert disagreements(*self.recorded(terms=terms), left=left) == []

    @pytest.mark.parametrize(
        ("later_ms", "committee", "agrees"),
        [
            (-35_001, "bcd", True),
            (-35_001, "abc", False),
            (-35_000, "bcd", True),
            (-35_000, "abc", True),
            (35_000, "bcd", True),
            (35_000, "abc", True),
            (35_001, "bcd", False),
            (35_001, "abc", True),
        ],
    )
    def test_times_that_are_close_tell_no_order(
        self, later_ms: int, committee: str, agrees: bool
    ) -> None:
        opened = 100_000
        left = [Left(participant="a", left_at_ms=opened + later_ms)]
        second = self.term(2, committee, committee[0], opened_at_ms=opened)
        terms = [self.term(1, "abc", "a"), second]
        assert (disagreements(*self.recorded(terms=terms), left=left) == []) is agrees

    def test_who_may_have_left_excuses_no_other_seat(self) -> None:
        left = [Left(participant="a", left_at_ms=5)]
        terms = [self.term(1, "abc", "a"), self.term(2, "cd", "c", opened_at_ms=6)]
        assert disagreements(*self.recorded(terms=terms), left=left) == [
            "committee of term 2: the ledger has ['c', 'd'], the rule gives ['b', 'c', 'd']",
            "leader of term 2: the ledger has c, the rule gives b",
        ]

    def test_what_is_not_by_the_rule_is_named(self) -> None:
        raw, computed = self.recorded(terms=[self.term(1, "abc", "b")])
        forged = raw.model_copy(update={"ranking": ["b", "a", "c", "d"]})
        assert disagreements(forged, computed, left=[]) == [
            "ranking: the ledger has ['b', 'a', 'c', 'd'], the rule gives ['a', 'b', 'c', 'd']",
            "leader of term 1: the ledger has b, the rule gives a",
        ]
