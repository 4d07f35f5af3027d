"""How far a committee is, against the ledger's rules."""

from typing import Any

import pytest

from provider_node.bench import RENEWALS, Bench
from tests.unit.provider_node.worlds import CLOSED, NAMES, STAGE, round_

FIVE = ["f1", "f2", "f3", "f4", "f5"]
SCORE_BY, REVEAL_BY, SEAL_BY = CLOSED + STAGE, CLOSED + 2 * STAGE, CLOSED + 3 * STAGE
PROPOSE_BY, ATTEST_BY = SEAL_BY + STAGE, SEAL_BY + 2 * STAGE


def bench(
    now_ms: int = CLOSED,
    *,
    names: list[str] = NAMES,
    gone: frozenset[str] = frozenset(),
    organisations: dict[str, str] | None = None,
    rejected: dict[str, str] | None = None,
    **done: Any,
) -> Bench:
    """The committee `names`, led by f1, in a term in which that is done."""
    state = "PROPOSED" if done.get("proposal") else "EVALUATING"
    staying = [name for name in names if name not in gone]
    newest = round_(
        state=state,
        by=names,
        committee=names,
        staying=staying,
        term=done,
        rejected=rejected or {},
    )
    assert newest.term is not None
    return Bench(newest, newest.term, now_ms, gone, organisations or {})


ALL_BOUND: dict[str, Any] = {"bound": NAMES}
SCORED: dict[str, Any] = {"bound": NAMES, "revealed": NAMES}
SEALED: dict[str, Any] = {**SCORED, "sealed": ["f2", "f3"]}
PROPOSED: dict[str, Any] = {**SEALED, "proposal": "aggregate"}


class TestTheSteps:
    def test_scores_are_opened_when_all_are_bound(self) -> None:
        early = bench(bound=["f1", "f2"])
        assert (early.unbound, early.may_reveal, early.owing) == (["f3"], False, ["f3"])
        assert bench(bound=NAMES).may_reveal

    def test_they_are_complete_when_all_are_opened(self) -> None:
        some = bench(**ALL_BOUND, revealed=["f1"])
        assert (some.unrevealed, some.evaluated, some.owing) == (["f2", "f3"], False, ["f2", "f3"])
        assert bench(**SCORED).evaluated

    def test_the_leader_proposes_when_the_others_are_bound_to_their_digests(self) -> None:
        early = bench(**SCORED, sealed=["f3"])
        assert (early.unsealed, early.may_propose, early.owing) == (["f2"], False, ["f2"])
        ready = bench(**SEALED)
        assert (ready.may_propose, ready.owing) == (True, ["f1"])

    def test_it_is_committed_when_all_that_sealed_have_opened_theirs(self) -> None:
        some = bench(**PROPOSED, attested={"f2": "aggregate"})
        assert (some.unattested, some.may_commit, some.owing) == (["f3"], False, ["f3"])
        both = bench(**PROPOSED, attested={"f2": "aggregate", "f3": "aggregate"})
        assert both.may_commit

    def test_nobody_is_too_few(self) -> None:
        late = bench(PROPOSE_BY)
        reached = (late.may_reveal, late.evaluated, late.may_propose, late.may_commit)
        assert reached == (False, False, False, False)

    def test_the_scores_of_an_earlier_term_stand(self) -> None:
        kept = bench(term=2, evaluation=1)
        assert kept.evaluated
        assert not kept.scores_anew
        assert kept.owing == ["f2", "f3"]


class TestExcuses:
    def test_who_has_left(self) -> None:
        assert bench(bound=["f1", "f2"], gone=frozenset({"f3"})).may_reveal

    def test_who_is_late(self) -> None:
        assert not bench(SCORE_BY - 1, bound=["f1", "f2"]).may_reveal
        assert bench(SCORE_BY, bound=["f1", "f2"]).may_reveal

    def test_whom_a_quorum_has_reported(self) -> None:
        reports = [("f1", "f3"), ("f2", "f3")]
        assert bench(bound=["f1", "f2"], reports=reports).may_reveal
        assert not bench(bound=["f1", "f2"], reports=reports[:1]).may_reveal
        assert not bench(bound=["f1", "f2"], reports=[("f1", "f3"), ("f1", "f3")]).may_reveal

    def test_an_excuse_is_of_its_step(self) -> None:
        """Who never sealed is not missing where digests are opened, and who is late is not yet."""
        proposed = {**PROPOSED, "sealed": ["f2"], "attested": {"f2": "aggregate"}}
        assert bench(**proposed).may_commit
        assert bench(SCORE_BY, **ALL_BOUND).unrevealed == NAMES


class TestTheFallen:
    def test_nobody_while_all_have_time(self) -> None:
        some: dict[str, Any] = {"bound": ["f1"]}
        for done in ({}, some, ALL_BOUND, SCORED, SEALED, PROPOSED):
            assert bench(**done).fallen == []

    @pytest.mark.parametrize(
        ("now_ms", "done", "fallen"),
        [
            (SCORE_BY, {"bound": ["f1", "f2"]}, ["f3"]),
            (SCORE_BY, {"bound": ["f1"]}, ["f2", "f3"]),
            (REVEAL_BY, {**ALL_BOUND, "revealed": ["f1", "f2"]}, ["f3"]),
            (REVEAL_BY, ALL_BOUND, NAMES),
            (SEAL_BY, {**SCORED, "sealed": ["f3"]}, ["f2"]),
            (SEAL_BY, SCORED, ["f2", "f3"]),
            (PROPOSE_BY, SEALED, ["f1"]),
            (ATTEST_BY, {**PROPOSED, "attested": {}}, ["f2", "f3"]),
        ],
    )
    def test_at_each_step_are_those_that_are_missing_there(
        self, now_ms: int, done: dict[str, Any], fallen: list[str]
    ) -> None:
        assert bench(now_ms, **done).fallen == fallen
        assert bench(now_ms - 1, **done).fallen == []

    def test_with_too_few_nobody_is_blamed_for_the_next_step(self) -> None:
        assert bench(PROPOSE_BY, **SCORED).fallen == ["f2", "f3"], "the leader could not propose"
        assert bench(PROPOSE_BY, bound=["f1"]).fallen == ["f2", "f3"]

    def test_with_enough_the_late_of_several_steps_fall_together(self) -> None:
        assert bench(PROPOSE_BY, **SCORED, sealed=["f2"]).fallen == ["f3", "f1"]

    def test_who_missed_a_step_that_is_past_is_not_in_the_way(self) -> None:
        """Scores are revealed without the third: the committee goes on with it."""
        done: dict[str, Any] = {"bound": ["f1", "f2"], "revealed": ["f1", "f2"]}
        assert bench(SCORE_BY, **done).fallen == []
        assert bench(SCORE_BY, **done).evaluated

    def test_the_leader_that_a_quorum_contradicts(self) -> None:
        attested = {"f2": "the truth", "f3": "the truth"}
        lied = bench(**PROPOSED, attested=attested)
        assert (lied.fallen, lied.may_commit, lied.split) == (["f1"], False, False)

    def test_the_leader_whose_size_a_quorum_contradicts(self) -> None:
        attested = {"f2": "aggregate", "f3": "aggregate"}
        lied = bench(**PROPOSED, attested=attested, sizes={"f2": 1, "f3": 1})
        assert (lied.fallen, lied.may_commit) == (["f1"], False)

    def test_not_a_leader_whom_one_contradicts(self) -> None:
        attested = {"f2": "aggregate", "f3": "a lie"}
        right = bench(**PROPOSED, attested=attested)
        assert (right.fallen, right.may_commit) == ([], True)

    def test_those_that_did_not_seal_where_the_others_disagree(self) -> None:
        done = {**SCORED, "sealed": ["f2"], "proposal": "aggregate", "attested": {"f2": "another"}}
        torn = bench(**done)
        assert (torn.fallen, torn.split) == (["f3"], False)


class TestHopeless:
    def test_a_split_committee(self) -> None:
        attested = {"f2": "another", "f3": "a third"}
        torn = bench(**PROPOSED, attested=attested)
        assert (torn.split, torn.hopeless, torn.agreed) == (True, True, None)

    def test_a_committee_that_rejects_everything(self) -> None:
        nothing = bench(**SCORED, rejected=dict.fromkeys(NAMES, "harmful"))
        assert (nothing.refused, nothing.hopeless, nothing.fallen) == (True, True, [])
        early = bench(**ALL_BOUND, rejected=dict.fromkeys(NAMES, "harmful"))
        assert not early.hopeless, "others may still accept some"

    def test_a_committee_of_which_too_few_are_left(self) -> None:
        last: dict[str, Any] = {"renewals": RENEWALS}
        assert not bench(SCORE_BY, **last, bound=["f1", "f2"]).hopeless
        assert bench(SCORE_BY, **last, bound=["f1"]).hopeless
        assert bench(SCORE_BY, **last, term=2, bound=["f1"], replaced=["f2"]).hopeless

    def test_those_left_are_counted_by_organisation(self) -> None:
        twins = {"f1": "A", "f2": "A", "f3": "A", "f4": "B", "f5": "C"}
        done: dict[str, Any] = {"names": FIVE, "organisations": twins}
        bound = ["f1", "f2", "f3", "f4"]
        done["renewals"] = RENEWALS
        assert bench(SCORE_BY, **done, bound=bound).hopeless, "two of A and B, three needed"
        apart = {name: name for name in FIVE}
        last: dict[str, Any] = {"names": FIVE, "renewals": RENEWALS, "bound": bound}
        assert not bench(SCORE_BY, organisations=apart, **last).hopeless


class TestRenewals:
    """Where too few are left, all that were only late may sit again, a few times."""

    def test_a_committee_that_ran_out_of_time_begins_anew(self) -> None:
        for renewals in range(RENEWALS):
            late = bench(SCORE_BY, bound=["f1"], renewals=renewals)
            assert (late.hopeless, late.fallen) == (False, ["f2", "f3"])

    def test_so_it_does_with_those_that_were_late_before(self) -> None:
        assert not bench(SCORE_BY, term=2, bound=["f1"], replaced=["f2", "f3"]).hopeless

    @pytest.mark.parametrize("reason", ["left", "wrong-proposal"])
    def test_but_not_with_those_that_are_out_for_good(self, reason: str) -> None:
        out: dict[str, Any] = {"term": 2, "replaced": ["f2", "f3"], "out_for": reason}
        assert bench(SCORE_BY, **out).hopeless

    def test_nor_with_those_that_have_left(self) -> None:
        assert bench(SCORE_BY, bound=["f1"], gone=frozenset({"f2", "f3"})).hopeless

    def test_nor_with_a_leader_that_lies(self) -> None:
        """Of three, one contradicted it and has left: the other is not enough."""
        lied = {**PROPOSED, "attested": {"f2": "the truth", "f3": "the truth"}}
        assert bench(**lied, gone=frozenset({"f2"})).hopeless
        assert not bench(**lied).hopeless


def test_it_looks_again_at_the_next_deadline() -> None:
    assert bench().next_deadline_ms == SCORE_BY
    assert bench(SCORE_BY).next_deadline_ms == REVEAL_BY
    assert bench(ATTEST_BY + 5).next_deadline_ms == ATTEST_BY + 1005
