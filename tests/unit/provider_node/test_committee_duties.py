"""What the committee of a round owes, step by step, and does not."""

from collections.abc import Iterable
from typing import Any

import pytest

from provider_node.bench import RENEWALS
from provider_node.duties import Owed, owed
from provider_node.journal import Journal
from provider_node.steps import (
    Aggregate,
    Attest,
    Close,
    Collect,
    Commit,
    Extend,
    Fetch,
    Finalize,
    Halt,
    Judge,
    Propose,
    Replace,
    Report,
    Reveal,
    Seal,
    SealScores,
    Step,
    Train,
)
from tests.unit.provider_node.worlds import (
    BASICS,
    CLOSED,
    DEADLINE,
    INITIAL,
    NAMES,
    NOTHING,
    OPENED,
    STAGE,
    VALIDATION,
    aggregate,
    digest,
    held,
    journal,
    judgement,
    record,
    round_,
    task,
    updates,
    view,
)

HALF = CLOSED + STAGE // 2  # of the time to score
SCORE_BY, REVEAL_BY, SEAL_BY = CLOSED + STAGE, CLOSED + 2 * STAGE, CLOSED + 3 * STAGE
PROPOSE_BY, ATTEST_BY = SEAL_BY + STAGE, SEAL_BY + 2 * STAGE

BOUND: dict[str, Any] = {"bound": NAMES}
REVEALED: dict[str, Any] = {**BOUND, "revealed": NAMES}
SEALED: dict[str, Any] = {**REVEALED, "sealed": ["f2", "f3"]}
PROPOSED: dict[str, Any] = {**SEALED, "proposal": "aggregate"}
ATTESTED: dict[str, Any] = {**PROPOSED, "attested": {"f2": "aggregate", "f3": "aggregate"}}


class TestClosing:
    def look(self, *by: str, now_ms: int = OPENED, me: str = "f1", **round_is: Any) -> Owed:
        notes = journal(made=[1], name=me)
        newest = round_(by=by, **round_is)
        return owed(view(me, newest=newest, notes=notes, on_disk=updates(*NAMES), now_ms=now_ms))

    @pytest.mark.parametrize("me", NAMES)
    def test_all_close_a_round_that_is_complete(self, me: str) -> None:
        assert self.look(*NAMES, me=me).steps == (Close(1),)

    def test_a_round_without_those_that_left_is_complete(self) -> None:
        assert self.look("f1", "f2", staying=["f1", "f2"]).steps == (Close(1),)

    def test_the_missing_are_waited_for_until_the_deadline(self) -> None:
        assert self.look("f1", "f2", now_ms=DEADLINE - 1) == Owed(look_again_ms=DEADLINE)

    def test_then_the_round_is_closed_without_them(self) -> None:
        assert self.look("f1", "f2", now_ms=DEADLINE).steps == (Close(1),)

    def test_without_its_own_update_too(self) -> None:
        assert self.look("f2", "f3", now_ms=DEADLINE).steps == (Close(1),)

    def test_a_round_with_too_few_is_extended_once(self) -> None:
        assert self.look("f1", now_ms=DEADLINE).steps == (Extend(1),)
        assert self.look("f1", now_ms=DEADLINE, extended=True).steps == (Halt(1),)

    def test_too_few_are_not_given_up_before_the_deadline(self) -> None:
        """Nobody can submit any more, and the ledger all the same demands that the time passes."""
        assert self.look("f1", staying=["f1"]) == Owed(look_again_ms=DEADLINE)


class TestCollecting:
    def look(self, on_disk: frozenset[str], *by: str, me: str = "f1", **rest: Any) -> Owed:
        notes = journal(made=[1], name=me)
        return owed(view(me, newest=round_(by=by), notes=notes, on_disk=on_disk, **rest))

    def test_its_own_part_comes_first(self) -> None:
        assert owed(view(newest=round_(by=["f2", "f3"]))).steps == (Train(1),)

    def test_no_update_is_fetched_before_all_are_in(self) -> None:
        assert self.look(updates("f1"), "f1", "f2") == Owed(look_again_ms=DEADLINE)

    def test_what_judging_takes_is_fetched(self) -> None:
        nothing_else = updates("f1", "f2") - held(*BASICS)
        answer = self.look(nothing_else, "f1", "f2")
        assert answer.steps == (Fetch(INITIAL, 1), Fetch(VALIDATION, 1))

    def test_who_has_no_seat_collects_nothing(self) -> None:
        newest = round_(by=["f2", "f3"], committee=["f1", "f2"])
        notes = journal(made=[1], name="f3")
        answer = owed(view("f3", newest=newest, notes=notes, on_disk=updates("f3")))
        assert answer == Owed(look_again_ms=DEADLINE)


def look(
    done: dict[str, Any],
    *,
    me: str = "f1",
    state: str = "EVALUATING",
    notes: Journal | None = None,
    on_disk: Iterable[str] | None = None,
    now_ms: int = CLOSED,
    round_is: dict[str, Any] | None = None,
    **rest: Any,
) -> Owed:
    """What `me` owes to a closed round in whose term that is done."""
    newest = round_(state=state, **{"by": NAMES, "term": done, **(round_is or {})})
    disk = updates(*NAMES) | held("aggregate") if on_disk is None else on_disk
    return owed(view(me, newest=newest, notes=notes, on_disk=disk, now_ms=now_ms, **rest))


def scored(me: str = "f1") -> Journal:
    return journal().with_judgement(1, judgement(me))


def computed(me: str = "f1", of: Iterable[str] = NAMES) -> Journal:
    return scored(me).with_aggregate(1, aggregate(of))


class TestScoring:
    def test_the_updates_are_collected_first(self) -> None:
        answer = look({}, on_disk=updates("f1", "f2"))
        assert answer.steps == (Collect(1, "f3"),)

    def test_then_they_are_judged(self) -> None:
        assert look({}).steps == (Judge(1, frozenset()),)

    def test_what_is_lacking_is_waited_for_until_half_of_the_time(self) -> None:
        for now_ms in (CLOSED, HALF - 1):
            answer = look({}, on_disk=updates("f1", "f2"), now_ms=now_ms)
            assert answer == Owed((Collect(1, "f3"),), look_again_ms=HALF)
        late = look({}, on_disk=updates("f1", "f2"), now_ms=HALF)
        assert late.steps == (Judge(1, frozenset({"f3"})),)

    def test_nothing_is_expected_of_who_gave_other_bytes(self) -> None:
        answer = look({}, on_disk=updates("f1"), wrong=frozenset({"f3"}))
        assert answer.steps == (Collect(1, "f2"),)
        answer = look({}, on_disk=updates("f1", "f2"), wrong=frozenset({"f3"}))
        assert answer.steps == (Judge(1, frozenset({"f3"}), frozenset({"f3"})),)

    def test_who_has_given_the_right_ones_elsewhere_is_not_wrong(self) -> None:
        assert look({}, wrong=frozenset({"f3"})).steps == (Judge(1, frozenset()),)

    def test_validation_data_are_waited_for_until_half_of_the_time(self) -> None:
        disk = updates(*NAMES) - held("validation")
        early = look({}, on_disk=disk)
        assert early == Owed((Fetch(VALIDATION, 1),), look_again_ms=HALF)
        assert look({}, on_disk=disk, now_ms=HALF).steps == (Judge(1, frozenset()),)

    def test_nobody_judges_without_the_base(self) -> None:
        disk = updates(*NAMES) - held("initial")
        assert look({}, on_disk=disk, now_ms=HALF).steps == (Fetch(INITIAL, 1),)

    def test_then_the_scores_are_sealed(self) -> None:
        assert look({}, notes=scored()).steps == (SealScores(1, 1),)

    def test_and_opened_once_all_are_bound(self) -> None:
        early = look({"bound": ["f1", "f2"]}, notes=scored())
        assert early == Owed(look_again_ms=CLOSED + STAGE // 4)
        assert look(BOUND, notes=scored()).steps == (Reveal(1, 1),)

    def test_what_was_judged_needs_not_be_collected(self) -> None:
        assert look(BOUND, notes=scored(), on_disk=held(*BASICS)).steps == (Reveal(1, 1),)

    def test_nobody_opens_scores_that_it_is_not_bound_to(self) -> None:
        """Its journal was lost, and it has judged anew with another salt, or not."""
        other = judgement().model_copy(update={"salt": digest("another salt")})
        for notes in (journal(), journal().with_judgement(1, other)):
            assert look(BOUND, notes=notes).steps == ()

    def test_nobody_seals_what_it_could_have_copied(self) -> None:
        late = {"bound": ["f2", "f3"], "revealed": ["f2"]}
        assert look(late, notes=scored()).steps == ()
        assert look(late).steps == (), "nor judges"

    def test_nobody_opens_scores_after_others_have_built_on_those_there_are(self) -> None:
        done = {"bound": NAMES, "revealed": ["f2", "f3"], "sealed": ["f2"], **reported("f1")}
        assert not isinstance(first(look(done, notes=scored())), Reveal)

    def test_who_has_no_seat_scores_nothing(self) -> None:
        answer = look({}, me="f3", round_is={"committee": ["f1", "f2"]})
        assert answer == Owed(look_again_ms=SCORE_BY)

    def test_a_committee_of_one_waits_for_nobody(self) -> None:
        alone = {"committee": ["f1"]}
        assert look({"bound": ["f1"]}, notes=scored(), round_is=alone).steps == (Reveal(1, 1),)
        done = {"bound": ["f1"], "revealed": ["f1"]}
        assert look(done, notes=computed(), round_is=alone).steps == (Propose(1, 1),)


def reported(*accused: str, by: Iterable[str] = ("f2", "f3")) -> dict[str, Any]:
    return {"reports": [(one, name) for name in accused for one in by]}


def first(answer: Owed) -> Step | None:
    return answer.steps[0] if answer.steps else None


class TestRecomputing:
    def test_all_compute_what_was_accepted(self) -> None:
        for me in NAMES:
            assert look(REVEALED, me=me, notes=scored(me)).steps == (Aggregate(1, tuple(NAMES)),)

    def test_what_was_rejected_is_no_part(self) -> None:
        answer = look(REVEALED, notes=scored(), round_is={"rejected": {"f3": "harmful"}})
        assert answer.steps == (Aggregate(1, ("f1", "f2")),)

    def test_what_was_rejected_is_not_collected(self) -> None:
        accepted = {"rejected": {"f3": "late"}}
        disk = updates("f1", "f2")
        answer = look(REVEALED, notes=scored(), on_disk=disk, round_is=accepted)
        assert answer.steps == (Aggregate(1, ("f1", "f2")),)

    def test_what_was_accepted_is_collected_though_it_was_late_or_wrong(self) -> None:
        disk, wrong = updates("f1", "f2"), frozenset({"f3"})
        answer = look(REVEALED, notes=scored(), on_disk=disk, wrong=wrong, now_ms=HALF)
        assert answer.steps == (Collect(1, "f3"),)

    def test_validation_data_that_did_not_come_are_not_waited_for_again(self) -> None:
        disk = updates(*NAMES) - held("validation")
        late = look(REVEALED, notes=scored(), on_disk=disk, now_ms=HALF)
        assert late.steps == (Aggregate(1, tuple(NAMES)),)
        next_term = {"term": 2, "evaluation": 1, **REVEALED, "replaced": ["f3"]}
        again = look(next_term, notes=scored(), on_disk=disk)
        assert again.steps == (Fetch(VALIDATION, 1),), "who is new has not waited"

    def test_an_aggregate_of_others_does_not_count(self) -> None:
        answer = look(REVEALED, notes=computed(of=["f1", "f2"]))
        assert answer.steps == (Aggregate(1, tuple(NAMES)),)

    def test_a_lost_aggregate_is_computed_again(self) -> None:
        answer = look(REVEALED, notes=computed(), on_disk=updates(*NAMES))
        assert answer.steps == (Aggregate(1, tuple(NAMES)),)

    def test_the_others_are_bound_to_theirs_before_the_leader_proposes(self) -> None:
        assert look(REVEALED, me="f2", notes=computed("f2")).steps == (Seal(1, 1),)
        assert look({**REVEALED, "sealed": ["f2"]}, notes=computed()).steps == ()
        assert look(SEALED, notes=computed()).steps == (Propose(1, 1),)

    def test_the_leader_does_not_wait_for_who_is_excused(self) -> None:
        done = {**REVEALED, "sealed": ["f2"], **reported("f3", by=["f1", "f2"])}
        assert look(done, notes=computed()).steps == (Propose(1, 1),)
        gone = {**REVEALED, "sealed": ["f2"]}
        assert look(gone, notes=computed(), of=task(left=["f3"])).steps == (Propose(1, 1),)

    def test_nor_for_who_is_late_and_the_others_give_it_its_time(self) -> None:
        done = {**REVEALED, "sealed": ["f2"]}
        assert look(done, notes=computed(), now_ms=SEAL_BY).steps == (Propose(1, 1),)
        for me in ("f2", "f3"):
            for now_ms in (SEAL_BY, PROPOSE_BY - 1):
                assert look(done, me=me, notes=computed(me), now_ms=now_ms).steps == ()
            late = look(done, me=me, notes=computed(me), now_ms=PROPOSE_BY)
            assert late.steps == (Replace(1, 1),)

    def test_then_they_open_theirs(self) -> None:
        for me in ("f2", "f3"):
            answer = look(PROPOSED, me=me, notes=computed(me), state="PROPOSED")
            assert answer.steps == (Attest(1, 1),)

    def test_nobody_opens_a_digest_that_it_is_not_bound_to(self) -> None:
        other = aggregate().model_copy(update={"salt": digest("another salt")})
        for notes in (journal(), journal().with_aggregate(1, other)):
            assert look(PROPOSED, me="f2", notes=notes, state="PROPOSED").steps == ()

    def test_nobody_seals_what_it_could_have_copied(self) -> None:
        done = {**PROPOSED, "sealed": ["f3"]}
        for notes in (journal(), computed("f2")):
            assert look(done, me="f2", notes=notes, state="PROPOSED").steps == ()

    @pytest.mark.parametrize("me", NAMES)
    def test_all_commit_what_a_quorum_attests(self, me: str) -> None:
        assert look(ATTESTED, me=me, notes=computed(me), state="PROPOSED").steps == (Commit(1, 1),)

    def test_without_an_aggregate_of_their_own_too(self) -> None:
        answer = look(ATTESTED, on_disk=held(*BASICS), state="PROPOSED")
        assert answer.steps == (Commit(1, 1),)

    def test_nobody_commits_before_all_have_spoken(self) -> None:
        done = {**PROPOSED, "attested": {"f2": "aggregate"}}
        assert look(done, notes=computed(), state="PROPOSED").steps == ()
        late = look(done, notes=computed(), state="PROPOSED", now_ms=ATTEST_BY)
        assert late.steps == (Commit(1, 1),)


class TestGoingOn:
    @pytest.mark.parametrize(
        ("done", "now_ms"),
        [
            ({"bound": ["f1"]}, SCORE_BY),
            ({**BOUND, "revealed": ["f1"]}, REVEAL_BY),
            (REVEALED, SEAL_BY),
            ({"bound": ["f1"], **reported("f2", "f3", by=NAMES)}, CLOSED),
        ],
    )
    def test_without_members_that_are_late_or_reported_where_no_quorum_is_left(
        self, done: dict[str, Any], now_ms: int
    ) -> None:
        for me in NAMES:
            answer = look(done, me=me, notes=computed(me), now_ms=now_ms)
            assert answer.steps == (Replace(1, 1),)

    @pytest.mark.parametrize(
        ("done", "now_ms", "step"),
        [
            ({"bound": ["f1", "f2"]}, SCORE_BY, Reveal(1, 1)),
            ({"bound": ["f1", "f2"], **reported("f3", by=["f1", "f2"])}, CLOSED, Reveal(1, 1)),
            ({**BOUND, "revealed": ["f1", "f2"]}, REVEAL_BY, Aggregate(1, tuple(NAMES))),
        ],
    )
    def test_with_a_quorum_of_scores_in_the_same_term(
        self, done: dict[str, Any], now_ms: int, step: Step
    ) -> None:
        assert look(done, notes=scored(), now_ms=now_ms).steps == (step,)
        assert look(done, me="f4", now_ms=now_ms).steps == (), "nobody is replaced"

    def test_who_has_left_is_no_part_of_that_quorum(self) -> None:
        """It cannot open what it has sealed."""
        done, left = {"bound": ["f1", "f2"]}, task(left=["f2"])
        answer = look(done, notes=scored(), of=left, now_ms=SCORE_BY, round_is={"staying": NAMES})
        assert answer.steps == (Replace(1, 1),)
        done = {**REVEALED, "sealed": ["f2"]}
        assert look(done, notes=computed(), of=left, now_ms=SEAL_BY).steps == (Replace(1, 1),)

    def test_without_a_leader_that_does_not_propose(self) -> None:
        assert look(SEALED, me="f2", notes=computed("f2"), now_ms=PROPOSE_BY).steps == (
            Replace(1, 1),
        )

    def test_without_a_leader_whose_proposal_a_quorum_contradicts(self) -> None:
        done = {**ATTESTED, "proposal": "a lie"}
        answer = look(done, me="f2", notes=computed("f2"), state="PROPOSED")
        assert answer.steps == (Replace(1, 1),)

    def test_the_next_term_keeps_the_scores(self) -> None:
        done = {"term": 2, "evaluation": 1, **REVEALED, "replaced": ["f1"]}
        seats = {"committee": ["f2", "f3"], "leader": "f2"}
        answer = look(done, me="f3", notes=computed("f3"), round_is=seats)
        assert answer.steps == (Seal(1, 2),)

    def test_or_scores_anew_with_the_judgement_that_it_has(self) -> None:
        done = {"term": 2, "replaced": ["f1"]}
        seats = {"committee": ["f2", "f3"], "leader": "f2"}
        answer = look(done, me="f3", notes=scored("f3"), round_is=seats)
        assert answer.steps == (SealScores(1, 2),)

    def test_a_committee_that_gets_too_small_begins_anew_and_is_given_up_in_the_end(self) -> None:
        seats = {"committee": ["f2", "f3"], "leader": "f2", "staying": ["f1", "f2", "f3"]}
        for renewals, step in ((0, Replace(1, 2)), (RENEWALS, Halt(1))):
            done = {"term": 2, "replaced": ["f1"], "bound": ["f2"], "renewals": renewals}
            answer = look(done, me="f2", notes=scored("f2"), now_ms=SCORE_BY, round_is=seats)
            assert answer.steps == (step,)

    def test_so_is_one_in_which_two_organisations_are_left_of_which_one_falls(self) -> None:
        joined = task().joined
        twins = [joined[0], joined[1], joined[2].model_copy(update={"msp_id": "f2MSP"})]
        of = task().model_copy(update={"joined": twins})
        done = {"bound": ["f1", "f2"]}
        round_is = {"committee": ["f1", "f2"]}
        last = {"bound": ["f2"], "renewals": RENEWALS}
        fallen = look(last, of=of, me="f2", now_ms=SCORE_BY, round_is=round_is)
        assert fallen.steps == (Halt(1),), "f2 and f3 are of one organisation"
        assert look(done, of=of, notes=scored(), round_is=round_is).steps == (Reveal(1, 1),)

    def test_a_committee_that_is_split_is_given_up(self) -> None:
        done = {**PROPOSED, "attested": {"f2": "another", "f3": "a third"}}
        assert look(done, notes=computed(), state="PROPOSED").steps == (Halt(1),)

    def test_a_round_of_which_nothing_is_accepted_is_given_up(self) -> None:
        nothing = {"rejected": dict.fromkeys(NAMES, "harmful")}
        assert look(REVEALED, notes=scored(), round_is=nothing).steps == (Halt(1),)

    def test_going_on_comes_before_collecting(self) -> None:
        answer = look({"bound": ["f1"]}, on_disk=held(*BASICS), now_ms=SCORE_BY)
        assert answer.steps == (Replace(1, 1),)


TWO_BOUND: dict[str, Any] = {"bound": ["f1", "f2"]}


class TestPatience:
    def test_a_member_that_is_waited_for_too_long_is_looked_after(self) -> None:
        answer = look(TWO_BOUND, notes=scored(), waited_ms={"f3": STAGE // 4})
        assert answer == Owed((Report(1, 1, "f3"),), look_again_ms=SCORE_BY)

    def test_but_not_sooner_nor_twice_nor_by_itself(self) -> None:
        soon = look(TWO_BOUND, notes=scored(), waited_ms={"f3": STAGE // 4 - 1})
        assert soon == Owed(look_again_ms=CLOSED + STAGE // 4)
        again = {**TWO_BOUND, **reported("f3", by=["f1"])}
        assert look(again, notes=scored(), waited_ms={"f3": STAGE}).steps == ()
        itself = look(BOUND, notes=journal(), waited_ms={"f1": STAGE})
        assert itself.steps == ()

    def test_who_has_no_seat_looks_after_nobody(self) -> None:
        seats = {"committee": ["f1", "f2"]}
        answer = look({"bound": ["f1"]}, me="f3", round_is=seats, waited_ms={"f2": STAGE})
        assert answer.steps == ()


class TestTheEnd:
    @pytest.mark.parametrize("me", NAMES)
    def test_all_finish_the_task_after_the_final_round(self, me: str) -> None:
        newest = round_(state="COMMITTED", by=NAMES, term=ATTESTED, record=record())
        assert owed(view(me, newest=newest)).steps == (Finalize(),)

    def test_they_leave_it_to_the_next_round_otherwise(self) -> None:
        newest = round_(state="COMMITTED", by=NAMES, record=record(outcome="CONTINUE"))
        assert owed(view(newest=newest)) == NOTHING
