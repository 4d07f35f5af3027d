"""Every duty, owed and not owed."""

from typing import Any

import pytest

from provider_node.duties import DONE, TABLES, Owed, owed
from provider_node.journal import Journal
from provider_node.steps import (
    Aggregate,
    Collect,
    Commit,
    Fetch,
    Finalize,
    Join,
    Keep,
    Propose,
    Push,
    Start,
    Submit,
    Train,
)
from provider_node.view import View
from tests.unit.provider_node.worlds import (
    BASICS,
    DEADLINE,
    INITIAL,
    NAMES,
    VALIDATION,
    artifact,
    digest,
    held,
    joined,
    journal,
    proposal,
    record,
    round_,
    task,
    update,
    view,
)
from weftwork.ledger.records import Joined

NOTHING = Owed()


def updates(*names: str, number: int = 1) -> frozenset[str]:
    return held(*BASICS, *(f"update of {name} in {number}" for name in names))


class TestAProviderBeforeTheStart:
    def test_joins_a_task_that_suits_it(self) -> None:
        assert owed(view(of=task("PUBLISHED", who=[]))).steps == (Join(),)

    def test_leaves_a_task_alone_that_does_not_suit_it(self) -> None:
        assert owed(view(of=task("PUBLISHED", who=[]), suitable=False)) == DONE

    def test_joins_though_the_deadline_has_passed(self) -> None:
        assert owed(view(of=task("PUBLISHED", who=[]), now_ms=99_999)).steps == (Join(),)

    def test_waits_while_there_is_no_place(self) -> None:
        full = task("PUBLISHED", who=["f2", "f3", "f4"])
        assert owed(view(of=full)) == NOTHING

    def test_joins_when_a_place_is_free_again(self) -> None:
        crowd = ["f2", "f3", "f4"]
        assert owed(view(of=task("PUBLISHED", who=crowd, left=["f4"]))).steps == (Join(),)
        assert owed(view(of=task("PUBLISHED", who=crowd), retired={"f4"})).steps == (Join(),)

    def test_then_fetches_what_the_task_starts_with(self) -> None:
        answer = owed(view(of=task("PUBLISHED"), on_disk=[]))
        assert answer.steps == (Fetch(INITIAL, 1), Fetch(VALIDATION, 1))

    def test_fetches_only_what_it_lacks(self) -> None:
        answer = owed(view(of=task("PUBLISHED"), on_disk=held("validation")))
        assert answer.steps == (Fetch(INITIAL, 1),)

    def test_then_waits_for_the_start(self) -> None:
        assert owed(view(of=task("PUBLISHED"))) == NOTHING

    def test_stays_though_nothing_would_suit_it_any_more(self) -> None:
        assert owed(view(of=task("PUBLISHED"), suitable=False)) == NOTHING

    def test_never_comes_back_after_leaving(self) -> None:
        assert owed(view(of=task("PUBLISHED", left=["f1"]))) == DONE


class TestAProviderInARound:
    def test_fetches_the_base_first(self) -> None:
        newest = round_(2, base=artifact("model 1"))
        answer = owed(view("f2", newest=newest))
        assert answer.steps == (Fetch(artifact("model 1"), 2),)

    def test_trains_from_the_base(self) -> None:
        assert owed(view("f2", newest=round_())).steps == (Train(1),)

    def test_hands_in_what_it_trained(self) -> None:
        ready = view("f2", newest=round_(), notes=journal(made=[1], name="f2"))
        assert owed(ready).steps == (Train(1),), "the journal alone is not enough"
        ready = view(
            "f2",
            newest=round_(),
            notes=journal(made=[1], name="f2"),
            on_disk=updates("f2"),
        )
        assert owed(ready).steps == (Push(1, "f1"), Submit(1))

    def test_submits_once_the_leader_has_the_bytes(self) -> None:
        notes = journal(made=[1], name="f2", pushed_to=["f1"])
        answer = owed(view("f2", newest=round_(), notes=notes, on_disk=updates("f2")))
        assert answer.steps == (Submit(1),)

    def test_the_leader_pushes_to_nobody(self) -> None:
        answer = owed(view(newest=round_(), notes=journal(made=[1]), on_disk=updates("f1")))
        assert answer.steps == (Submit(1),)

    def test_pushes_to_a_new_leader_what_it_had_submitted(self) -> None:
        notes = journal(made=[1], name="f2", pushed_to=["f1"])
        newest = round_(leader="f3", by=["f2"], staying=["f2", "f3"])
        answer = owed(view("f2", newest=newest, notes=notes, on_disk=updates("f2")))
        assert answer.steps == (Push(1, "f3"),)

    def test_pushes_to_nobody_when_nobody_leads(self) -> None:
        newest = round_(leader="", by=["f2"])
        notes = journal(made=[1], name="f2")
        assert owed(view("f2", newest=newest, notes=notes, on_disk=updates("f2"))) == NOTHING

    def test_then_waits(self) -> None:
        notes = journal(made=[1], name="f2", pushed_to=["f1"])
        newest = round_(by=["f2"])
        assert owed(view("f2", newest=newest, notes=notes, on_disk=updates("f2"))) == NOTHING

    def test_trains_anew_when_the_update_was_made_from_another_base(self) -> None:
        notes = journal(made=[1], name="f2")
        newest = round_(base=artifact("other"))
        on_disk = updates("f2") | held("other")
        answer = owed(view("f2", newest=newest, notes=notes, on_disk=on_disk))
        assert answer.steps == (Train(1),)

    def test_never_trains_again_what_it_has_submitted(self) -> None:
        assert owed(view("f2", newest=round_(by=["f2"]))) == NOTHING

    def test_never_pushes_other_bytes_than_it_submitted(self) -> None:
        other = update("f2").model_copy(update={"digest": digest("another")})
        entry = journal(made=[1], name="f2").updates[1].model_copy(update={"update": other})
        notes = journal().with_update(1, entry)
        answer = owed(
            view("f2", newest=round_(by=["f2"]), notes=notes, on_disk=held(*BASICS, "another"))
        )
        assert answer == NOTHING

    @pytest.mark.parametrize("state", ["PROPOSED", "COMMITTED"])
    def test_owes_nothing_to_a_round_that_is_closed(self, state: str) -> None:
        newest = round_(state=state, by=["f1", "f3"])
        assert owed(view("f2", newest=newest)) == NOTHING

    def test_owes_nothing_once_it_has_left(self) -> None:
        newest = round_(staying=["f1", "f3"])
        assert owed(view("f2", of=task(left=["f2"]), newest=newest)) == DONE

    def test_owes_nothing_if_it_was_not_chosen(self) -> None:
        assert owed(view("f4", newest=round_())) == DONE

    def test_waits_where_the_round_is_not_to_be_seen_yet(self) -> None:
        assert owed(view("f2", newest=None)) == NOTHING


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


class TestAnArchive:
    def look(self, state: str = "PUBLISHED", name: str = "archive", **rest: Any) -> Owed:
        of = task(state, **rest.pop("task", {}))
        return owed(view(name, role="archive", of=of, **rest))

    def test_starts_a_full_task(self) -> None:
        assert self.look().steps == (Start(("f1", "f2", "f3")),)

    def test_leaves_another_archives_task_alone(self) -> None:
        for state in ("PUBLISHED", "RUNNING", "FINISHED"):
            newest = round_(2) if state != "PUBLISHED" else None
            assert self.look(state, "elsewhere", newest=newest) == DONE

    def test_waits_for_more_until_joining_is_over(self) -> None:
        two = {"who": ["f3", "f1"]}
        assert self.look(task=two, now_ms=4999) == Owed(look_again_ms=5000)
        assert self.look(task=two, now_ms=5000).steps == (Start(("f1", "f3")),)

    def test_waits_on_when_too_few_joined(self) -> None:
        assert self.look(task={"who": ["f1"]}, now_ms=6000) == NOTHING

    def test_does_not_count_who_left_or_retired(self) -> None:
        assert self.look(task={"left": ["f2"]}, now_ms=6000).steps == (Start(("f1", "f3")),)
        assert self.look(retired={"f2"}, now_ms=6000).steps == (Start(("f1", "f3")),)
        assert self.look(task={"left": ["f2"]}, retired={"f3"}, now_ms=6000) == NOTHING

    def test_takes_who_came_first(self) -> None:
        crowd = [("f5", 1), ("f1", 9), ("f4", 2), ("f2", 2)]
        entries = [Joined.model_validate(joined(name, at)) for name, at in crowd]
        of = task("PUBLISHED").model_copy(update={"joined": entries})
        answer = owed(view("archive", role="archive", of=of))
        assert answer.steps == (Start(("f2", "f4", "f5")),)

    def test_waits_for_the_artifacts(self) -> None:
        assert self.look(on_disk=held("initial"), now_ms=7000) == Owed(look_again_ms=8000)

    def test_keeps_every_committed_model_the_newest_first(self) -> None:
        running = {"round_number": 3}
        assert self.look("RUNNING", task=running, newest=round_(3)).steps == (Keep(2), Keep(1))

    def test_keeps_the_final_model_before_and_after_the_end(self) -> None:
        last = round_(2, state="COMMITTED", record=record(2))
        kept = journal().with_kept(1, digest("model 1"))
        for state in ("RUNNING", "FINISHED"):
            answer = self.look(state, task={"round_number": 2}, newest=last, notes=kept)
            assert answer.steps == (Keep(2),)

    def test_is_done_when_all_is_kept(self) -> None:
        kept = journal().with_kept(1, digest("1")).with_kept(2, digest("2"))
        assert self.look("FINISHED", task={"round_number": 2}, notes=kept) == DONE
        running = self.look("RUNNING", task={"round_number": 3}, newest=round_(3), notes=kept)
        assert running == NOTHING


@pytest.mark.parametrize("role", ["provider", "archive"])
@pytest.mark.parametrize("state", ["CANCELLED", "HALTED"])
def test_nobody_owes_anything_to_a_task_that_was_given_up(role: str, state: str) -> None:
    assert owed(view(role=role, of=task(state))) == DONE


def test_a_provider_owes_nothing_to_a_finished_task() -> None:
    assert ("provider", "FINISHED") not in TABLES
