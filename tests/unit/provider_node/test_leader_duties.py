"""What the leader of a round owes, and does not."""

from typing import Any

import pytest

from provider_node.duties import Owed, owed
from provider_node.journal import Journal, Shortage
from provider_node.steps import Aggregate, Collect, Commit, Fetch, Finalize, Propose, Train
from provider_node.view import View
from tests.unit.provider_node.worlds import (
    BASICS,
    DEADLINE,
    INITIAL,
    NAMES,
    NOTHING,
    VALIDATION,
    held,
    journal,
    proposal,
    record,
    round_,
    updates,
    view,
)


class TestTheLeader:
    def ready(
        self,
        *by: str,
        on_disk: frozenset[str] | None = None,
        notes: Journal | None = None,
        **rest: Any,
    ) -> View:
        """The leader's view once those have submitted, with its own update made."""
        disk = updates(*by) if on_disk is None else on_disk
        own = notes or journal(made=[1])
        return view(newest=round_(by=by), notes=own, on_disk=disk, **rest)

    def test_does_its_own_part_first(self) -> None:
        assert owed(view(newest=round_(by=["f2", "f3"]))).steps == (Train(1),)

    def test_collects_what_was_not_pushed(self) -> None:
        answer = owed(self.ready("f1", "f2", "f3", on_disk=updates("f1", "f3")))
        assert answer.steps == (Collect(1, "f2"),)

    def test_collects_before_all_have_submitted(self) -> None:
        answer = owed(self.ready("f1", "f2", on_disk=updates("f1")))
        assert answer.steps == (Collect(1, "f2"),)

    def test_fetches_what_judging_takes(self) -> None:
        all_but_basics = updates(*NAMES) - held(*BASICS)
        answer = owed(self.ready(*NAMES, on_disk=all_but_basics))
        assert answer.steps == (Fetch(INITIAL, 1), Fetch(VALIDATION, 1))

    def test_waits_for_the_missing_until_the_deadline(self) -> None:
        assert owed(self.ready("f1", "f2")) == Owed(look_again_ms=DEADLINE)

    def test_does_without_them_at_the_deadline(self) -> None:
        answer = owed(self.ready("f1", "f2", now_ms=DEADLINE))
        assert answer.steps == (Aggregate(1, frozenset()),)

    def test_does_without_its_own_at_the_deadline(self) -> None:
        """Its training may be slow, or may never succeed."""
        newest, on_disk = round_(by=["f2", "f3"]), updates("f2", "f3")
        early = owed(view(newest=newest, on_disk=on_disk))
        assert early == Owed((Train(1),), look_again_ms=DEADLINE)
        late = view(newest=newest, on_disk=on_disk, now_ms=DEADLINE)
        assert owed(late).steps == (Aggregate(1, frozenset()),)
        made = journal().with_proposal(1, proposal(["f2", "f3"]))
        on_disk |= held("aggregate")
        ready = view(newest=newest, on_disk=on_disk, notes=made, now_ms=DEADLINE)
        assert owed(ready).steps == (Propose(1),)

    def test_collects_before_it_trains_at_the_deadline(self) -> None:
        late = view(newest=round_(by=["f2", "f3"]), on_disk=updates("f2"), now_ms=DEADLINE)
        assert owed(late).steps == (Collect(1, "f3"),)

    def test_makes_its_own_at_the_deadline_where_too_few_are_in(self) -> None:
        late = view(newest=round_(by=["f2"]), on_disk=updates("f2"), now_ms=DEADLINE)
        assert owed(late).steps == (Train(1),)

    def test_waits_on_when_too_few_are_in_at_the_deadline(self) -> None:
        assert owed(self.ready("f1", now_ms=DEADLINE)) == NOTHING

    def test_aggregates_as_soon_as_all_are_in(self) -> None:
        assert owed(self.ready(*NAMES)).steps == (Aggregate(1, frozenset()),)

    def test_tries_on_to_collect_what_is_out_of_reach_until_the_deadline(self) -> None:
        early = self.ready(*NAMES, on_disk=updates("f1", "f2"), out_of_reach={"f3"})
        assert owed(early).steps == (Collect(1, "f3"),)

    def test_rejects_what_is_out_of_reach_after_the_deadline(self) -> None:
        late = self.ready(*NAMES, on_disk=updates("f1", "f2"), out_of_reach={"f3"}, now_ms=DEADLINE)
        assert owed(late).steps == (Aggregate(1, frozenset({"f3"})),)

    def test_waits_on_when_too_few_are_within_reach(self) -> None:
        late = self.ready("f1", "f2", on_disk=updates("f1"), out_of_reach={"f2"}, now_ms=DEADLINE)
        assert owed(late) == NOTHING

    def test_waits_on_after_too_few_were_found_usable(self) -> None:
        notes = journal(made=[1]).with_shortage(1, Shortage(judged=frozenset(NAMES), needed=1))
        assert owed(self.ready(*NAMES, notes=notes)) == NOTHING

    def test_tries_again_once_another_is_in(self) -> None:
        short = Shortage(judged=frozenset({"f1", "f2"}), needed=2)
        notes = journal(made=[1]).with_shortage(1, short)
        assert owed(self.ready("f1", "f2", notes=notes, now_ms=DEADLINE)) == NOTHING
        assert owed(self.ready(*NAMES, notes=notes)).steps == (Aggregate(1, frozenset()),)

    def test_tries_again_once_fewer_will_do(self) -> None:
        """Nobody is missing any more: the third has left."""
        short = Shortage(judged=frozenset({"f1", "f2"}), needed=2)
        newest = round_(by=["f1", "f2"], staying=["f1", "f2"])
        notes = journal(made=[1]).with_shortage(1, short)
        answer = owed(view(newest=newest, notes=notes, on_disk=updates("f1", "f2")))
        assert answer.steps == (Aggregate(1, frozenset()),)

    def test_does_not_propose_what_the_ledger_would_refuse(self) -> None:
        """One has submitted, the other two have left: fewer than the task's minimum."""
        newest = round_(by=["f1"], staying=["f1"])
        assert owed(view(newest=newest, notes=journal(made=[1]), on_disk=updates("f1"))) == NOTHING

    def test_proposes_its_aggregate(self) -> None:
        notes = journal(made=[1]).with_proposal(1, proposal())
        answer = owed(self.ready(*NAMES, on_disk=updates(*NAMES) | held("aggregate"), notes=notes))
        assert answer.steps == (Propose(1),)

    def test_aggregates_again_when_the_aggregate_is_lost(self) -> None:
        notes = journal(made=[1]).with_proposal(1, proposal())
        assert owed(self.ready(*NAMES, notes=notes)).steps == (Aggregate(1, frozenset()),)

    def test_aggregates_again_when_a_late_update_came_in(self) -> None:
        notes = journal(made=[1]).with_proposal(1, proposal(["f1", "f2"]))
        disk = updates(*NAMES) | held("aggregate")
        late = self.ready(*NAMES, on_disk=disk, notes=notes, now_ms=DEADLINE)
        assert owed(late).steps == (Aggregate(1, frozenset()),)

    def test_a_rejected_update_was_judged_too(self) -> None:
        notes = journal(made=[1]).with_proposal(1, proposal(["f1", "f2"], ["f3"]))
        disk = updates(*NAMES) | held("aggregate")
        assert owed(self.ready(*NAMES, on_disk=disk, notes=notes)).steps == (Propose(1),)

    def test_commits_what_is_proposed(self) -> None:
        newest = round_(state="PROPOSED", by=NAMES, proposal=proposal())
        assert owed(view(newest=newest)).steps == (Commit(1),)

    def test_finishes_after_the_final_round(self) -> None:
        newest = round_(state="COMMITTED", by=NAMES, proposal=proposal(), record=record())
        assert owed(view(newest=newest)).steps == (Finalize(),)
        assert owed(view("f2", newest=newest)) == NOTHING

    def test_leaves_it_to_the_next_leader_otherwise(self) -> None:
        newest = round_(state="COMMITTED", by=NAMES, record=record(outcome="CONTINUE"))
        assert owed(view(newest=newest)) == NOTHING

    @pytest.mark.parametrize("name", ["f2", "f3"])
    def test_nobody_else_does_the_leaders_work(self, name: str) -> None:
        notes = journal(made=[1], name=name, pushed_to=["f1"])
        for newest in (
            round_(by=NAMES),
            round_(state="PROPOSED", by=NAMES, proposal=proposal()),
            round_(state="COMMITTED", by=NAMES, record=record()),
        ):
            answer = owed(view(name, newest=newest, notes=notes, on_disk=updates(*NAMES)))
            assert answer == NOTHING
