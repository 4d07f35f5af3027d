"""Who may take and give which artifact."""

from typing import Any, ClassVar

import pytest

from provider_node.entitlement import MAX_EXTRA_BYTES, Asker, came_by, may_take, most_bytes
from tests.unit.provider_node.worlds import (
    INITIAL,
    NAMES,
    VALIDATION,
    artifact,
    digest,
    record,
    round_,
    task,
    update,
)

REQUESTER = Asker("ReqMSP", "req")
ARCHIVE = Asker("ReqMSP", "archive")
UNREGISTERED_COLLEAGUE = Asker("ReqMSP")
STRANGER = Asker("StrangeMSP", "f9")
UNREGISTERED = Asker("f1MSP")
INSIDERS = [REQUESTER, ARCHIVE, UNREGISTERED_COLLEAGUE, *(Asker(f"{n}MSP", n) for n in NAMES)]
OUTSIDERS = [STRANGER, UNREGISTERED]


class TestWhatATaskStartsWith:
    @pytest.mark.parametrize("wanted", [INITIAL.digest, VALIDATION.digest])
    @pytest.mark.parametrize("state", ["PUBLISHED", "RUNNING", "FINISHED"])
    def test_is_for_insiders(self, wanted: str, state: str) -> None:
        for asker in INSIDERS:
            assert may_take(asker, wanted, task(state), [])
        for asker in OUTSIDERS:
            assert not may_take(asker, wanted, task(state), [])

    def test_is_not_for_those_who_left_or_were_not_chosen(self) -> None:
        left = task("RUNNING", left=["f1"])
        assert not may_take(Asker("f1MSP", "f1"), INITIAL.digest, left, [])
        not_chosen = task("RUNNING").model_copy(update={"participants": ["f2", "f3"]})
        assert not may_take(Asker("f1MSP", "f1"), INITIAL.digest, not_chosen, [])


class TestAModel:
    def test_that_a_round_starts_from_is_for_insiders(self) -> None:
        newest = round_(2, base=artifact("model 1"))
        for asker in INSIDERS:
            assert may_take(asker, digest("model 1"), task(), [newest])
        for asker in OUTSIDERS:
            assert not may_take(asker, digest("model 1"), task(), [newest])

    def test_of_an_earlier_round_is_for_insiders(self) -> None:
        earlier = round_(1, state="COMMITTED", record=record(outcome="CONTINUE"))
        assert may_take(Asker("f2MSP", "f2"), record().digest, task(), [round_(3), earlier])
        assert not may_take(STRANGER, record().digest, task(), [round_(3), earlier])

    def test_that_is_final_is_for_the_requester_and_who_made_it(self) -> None:
        last = round_(2, state="COMMITTED", record=record(2, committee=["f1", "f2"]))
        final = record().digest
        members = [Asker("f1MSP", "f1"), Asker("f2MSP", "f2")]
        for asker in (REQUESTER, ARCHIVE, UNREGISTERED_COLLEAGUE, *members):
            assert may_take(asker, final, task("FINISHED"), [last])
        for asker in (Asker("f3MSP", "f3"), *OUTSIDERS):
            assert not may_take(asker, final, task("FINISHED"), [last])

    def test_that_is_only_proposed_is_for_nobody(self) -> None:
        newest = round_(state="PROPOSED", by=NAMES, term={"proposal": "aggregate"})
        for asker in INSIDERS:
            assert not may_take(asker, digest("aggregate"), task(), [newest])


class TestAnUpdate:
    SEATS: ClassVar[dict[str, Any]] = {"committee": ["f1", "f3"], "by": ["f2"]}

    def test_is_for_the_committee_of_its_round(self) -> None:
        wanted = update("f2").digest
        for state in ("EVALUATING", "PROPOSED", "COMMITTED"):
            newest = round_(state=state, **self.SEATS)
            for name in ("f1", "f3"):
                assert may_take(Asker(f"{name}MSP", name), wanted, task(), [newest])
            for asker in (Asker("f4MSP", "f4"), ARCHIVE, REQUESTER, *OUTSIDERS):
                assert not may_take(asker, wanted, task(), [newest])

    def test_is_for_nobody_before_its_round_is_closed(self) -> None:
        """A member that had it could submit it as its own, and first."""
        newest = round_(**self.SEATS)
        for asker in (*INSIDERS, *OUTSIDERS):
            assert not may_take(asker, update("f2").digest, task(), [newest])

    def test_is_for_those_whose_scores_count_though_they_were_replaced(self) -> None:
        newest = round_(state="EVALUATING", **self.SEATS, term={"term": 2, "evaluation": 1})
        assert newest.term is not None
        scored = newest.term.model_copy(update={"scorers": ["f1", "f2", "f3"]})
        newest = newest.model_copy(update={"term": scored})
        assert may_take(Asker("f2MSP", "f2"), update("f2").digest, task(), [newest])

    def test_that_is_not_on_the_ledger_is_for_nobody(self) -> None:
        newest = round_(state="EVALUATING", by=["f3"])
        for asker in INSIDERS:
            assert not may_take(asker, update("f2").digest, task(), [newest])

    def test_is_for_nobody_where_there_is_no_committee(self) -> None:
        newest = round_(state="EVALUATING", leader="", committee=[], by=["f2"])
        assert not may_take(UNREGISTERED, update("f2").digest, task(), [newest])

    def test_comes_by_way_of_its_task_to_who_made_it(self) -> None:
        """What others' updates name may be here by way of another task: the journal knows."""
        newest = round_(state="EVALUATING", **self.SEATS)
        assert came_by("f2", update("f2").digest, task(), [newest])
        assert not came_by("f1", update("f2").digest, task(), [newest])


def test_an_update_is_not_much_larger_than_the_model() -> None:
    assert most_bytes(task()) == 4 * INITIAL.size + MAX_EXTRA_BYTES
