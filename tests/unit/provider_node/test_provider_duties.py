"""What a provider owes, and does not."""

import pytest

from provider_node.duties import DONE, Owed, owed
from provider_node.steps import Close, Examine, Extend, Fetch, Join, Leave, Submit, Train
from tests.unit.provider_node.worlds import (
    DEADLINE,
    INITIAL,
    NOTHING,
    OPENED,
    VALIDATION,
    artifact,
    held,
    journal,
    round_,
    task,
    updates,
    view,
)

HELD_UP = DEADLINE - (DEADLINE - OPENED) // 2  # of a round that was extended


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

    def test_then_sees_whether_it_can_be_used(self) -> None:
        assert owed(view(of=task("PUBLISHED"))).steps == (Examine(),)
        without = task("PUBLISHED", validation=None)
        assert owed(view(of=without)) == NOTHING

    def test_then_waits_for_the_start(self) -> None:
        assert owed(view(of=task("PUBLISHED"), notes=journal().with_examined())) == NOTHING

    def test_stays_though_nothing_would_suit_it_any_more(self) -> None:
        answer = owed(view(of=task("PUBLISHED"), suitable=False))
        assert answer.steps == (Examine(),)

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
        assert owed(ready).steps == (Submit(1),)

    def test_a_member_of_the_committee_submits_too(self) -> None:
        answer = owed(view(newest=round_(), notes=journal(made=[1]), on_disk=updates("f1")))
        assert answer.steps == (Submit(1),)

    def test_then_waits_for_the_others_until_the_deadline(self) -> None:
        notes = journal(made=[1], name="f2")
        answer = owed(view("f2", newest=round_(by=["f2"]), notes=notes, on_disk=updates("f2")))
        assert answer == Owed(look_again_ms=DEADLINE)

    def test_trains_anew_when_the_update_was_made_from_another_base(self) -> None:
        notes = journal(made=[1], name="f2")
        newest = round_(base=artifact("other"))
        on_disk = updates("f2") | held("other")
        answer = owed(view("f2", newest=newest, notes=notes, on_disk=on_disk))
        assert answer.steps == (Train(1),)

    def test_never_trains_again_what_it_has_submitted(self) -> None:
        answer = owed(view("f9", of=task(who=["f9"]), newest=round_(by=["f9"])))
        assert answer == Owed(look_again_ms=DEADLINE)

    @pytest.mark.parametrize("state", ["EVALUATING", "PROPOSED", "COMMITTED"])
    def test_owes_no_update_to_a_round_that_is_closed(self, state: str) -> None:
        newest = round_(state=state, by=["f1", "f3"], committee=["f1", "f3"])
        assert owed(view("f2", newest=newest)).steps == ()

    def test_owes_nothing_once_it_has_left(self) -> None:
        newest = round_(staying=["f1", "f3"])
        assert owed(view("f2", of=task(left=["f2"]), newest=newest)) == DONE

    def test_owes_nothing_if_it_was_not_chosen(self) -> None:
        assert owed(view("f4", newest=round_())) == DONE

    def test_waits_where_the_round_is_not_to_be_seen_yet(self) -> None:
        assert owed(view("f2", newest=None)) == NOTHING


class TestAProviderThatCannotDeliver:
    def look(self, now_ms: int, *by: str, extended: bool = True) -> Owed:
        newest = round_(by=by, extended=extended)
        return owed(view("f2", newest=newest, failure="it failed", now_ms=now_ms))

    def test_gives_the_others_and_its_owner_time(self) -> None:
        assert self.look(OPENED, extended=False) == Owed(look_again_ms=DEADLINE)
        assert self.look(OPENED) == Owed(look_again_ms=HELD_UP)
        assert self.look(HELD_UP - 1) == Owed(look_again_ms=HELD_UP)

    def test_is_done_without_at_the_deadline_where_others_are_enough(self) -> None:
        assert self.look(DEADLINE, "f1", "f3", extended=False).steps == (Close(1),)

    def test_has_the_round_extended_where_they_are_not(self) -> None:
        assert self.look(DEADLINE, "f1", extended=False).steps == (Extend(1),)

    def test_leaves_a_round_that_waits_for_it_all_the_same(self) -> None:
        assert self.look(HELD_UP).steps == (Leave("it failed"),)
