"""Who may take and give which artifact."""

import pytest

from provider_node.entitlement import MAX_EXTRA_BYTES, Asker, may_take, why_not_take_in
from tests.unit.provider_node.worlds import (
    INITIAL,
    NAMES,
    VALIDATION,
    artifact,
    digest,
    proposal,
    record,
    round_,
    task,
    update,
)
from weftwork.artifacts import Header, Kind
from weftwork.ledger.records import Artifact, Round

REQUESTER = Asker("ReqMSP", "req")
ARCHIVE = Asker("ReqMSP", "archive")
UNREGISTERED_COLLEAGUE = Asker("ReqMSP")
STRANGER = Asker("StrangeMSP", "f9")
UNREGISTERED = Asker("f1MSP")
INSIDERS = [REQUESTER, ARCHIVE, UNREGISTERED_COLLEAGUE, *(Asker(f"{n}MSP", n) for n in NAMES)]
OUTSIDERS = [STRANGER, UNREGISTERED]


def leader_of(rounds: Round) -> Asker:
    return Asker("f1MSP", rounds.leader)


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
        last = round_(2, state="COMMITTED", record=record(2, leader="f1"))
        final = record().digest
        for asker in (REQUESTER, ARCHIVE, UNREGISTERED_COLLEAGUE, Asker("f1MSP", "f1")):
            assert may_take(asker, final, task("FINISHED"), [last])
        for asker in (Asker("f2MSP", "f2"), Asker("f3MSP", "f3"), *OUTSIDERS):
            assert not may_take(asker, final, task("FINISHED"), [last])

    def test_that_is_only_proposed_is_for_nobody(self) -> None:
        newest = round_(state="PROPOSED", by=NAMES, proposal=proposal())
        for asker in INSIDERS:
            assert not may_take(asker, proposal().digest, task(), [newest])


class TestAnUpdate:
    def test_is_for_the_leader_of_its_round(self) -> None:
        newest = round_(leader="f1", by=["f2"])
        wanted = update("f2").digest
        assert may_take(Asker("f1MSP", "f1"), wanted, task(), [newest])
        for asker in (Asker("f3MSP", "f3"), ARCHIVE, REQUESTER, *OUTSIDERS):
            assert not may_take(asker, wanted, task(), [newest])

    def test_that_is_not_on_the_ledger_is_for_nobody(self) -> None:
        newest = round_(leader="f1", by=["f3"])
        for asker in INSIDERS:
            assert not may_take(asker, update("f2").digest, task(), [newest])

    def test_is_for_nobody_where_nobody_leads(self) -> None:
        newest = round_(leader="", by=["f2"])
        assert not may_take(UNREGISTERED, update("f2").digest, task(), [newest])


class TestGiving:
    def why(self, provider: str = "f2", size: int = 9, number: int = 1, **round_is: object) -> str:
        made = update(provider, number)
        header = Header(
            "digits-1", number, Kind.UPDATE, Artifact(digest=made.digest, size=size), "c2ln"
        )
        newest = round_(**{"leader": "f1", **round_is})  # type: ignore[arg-type]
        return why_not_take_in(provider, header, "f1", task(), newest)

    def test_the_leader_takes_a_participants_update(self) -> None:
        assert self.why() == ""

    def test_and_takes_it_again(self) -> None:
        assert self.why(by=["f2"]) == ""

    def test_but_no_other_than_was_submitted(self) -> None:
        header = Header("digits-1", 1, Kind.UPDATE, artifact("another"), "c2ln")
        newest = round_(leader="f1", by=["f2"])
        assert "another update" in why_not_take_in("f2", header, "f1", task(), newest)

    def test_nobody_else_takes_it(self) -> None:
        assert self.why(leader="f3") == "the leader of round 1 of digits-1 is f3"

    def test_not_from_strangers_or_those_who_left(self) -> None:
        assert self.why("f9") == "f9 is no participant of digits-1"
        assert self.why("f2", staying=["f1", "f3"]) == "f2 is no participant of digits-1"

    @pytest.mark.parametrize("state", ["PROPOSED", "COMMITTED"])
    def test_not_for_a_closed_round(self, state: str) -> None:
        assert self.why(state=state) == "round 1 of digits-1 is not open"

    def test_not_for_another_round_or_before_the_start(self) -> None:
        assert self.why(number=2) == "round 2 of digits-1 is not open"
        header = Header("digits-1", 1, Kind.UPDATE, artifact("u"), "c2ln")
        assert "not open" in why_not_take_in("f2", header, "f1", task(), None)

    def test_not_when_it_is_much_larger_than_the_model(self) -> None:
        most = 4 * INITIAL.size + MAX_EXTRA_BYTES
        assert self.why(size=most) == ""
        assert self.why(size=most + 1) == f"an update of digits-1 has {most} bytes at most"
