"""What an archive owes, and does not."""

from typing import Any

from provider_node.duties import DONE, Owed, owed
from provider_node.steps import Close, Commit, Extend, Finalize, Halt, Keep, Start, Step
from tests.unit.provider_node.worlds import (
    CLOSED,
    DEADLINE,
    NAMES,
    NOTHING,
    OPENED,
    digest,
    held,
    joined,
    journal,
    record,
    round_,
    task,
    view,
)
from weftwork.ledger.records import Joined, Round


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
        assert running == Owed(look_again_ms=DEADLINE)

    def test_keeps_no_model_of_the_round_in_which_a_task_was_halted(self) -> None:
        halted = task("HALTED").model_copy(update={"participants": NAMES, "round": 2})
        kept = journal().with_kept(1, digest("1"))
        stuck = view("archive", role="archive", of=halted, newest=round_(2), notes=kept)
        assert owed(stuck) == DONE

    def test_moves_on_a_round_that_nobody_else_does(self) -> None:
        def steps(newest: Round, now_ms: int = DEADLINE) -> tuple[Step, ...]:
            return self.look("RUNNING", newest=newest, now_ms=now_ms).steps

        assert steps(round_(by=NAMES), OPENED) == (Close(1),)
        assert steps(round_()) == (Extend(1),)
        assert steps(round_(extended=True)) == (Halt(1),)
        agreed = {"proposal": "aggregate", "sealed": ["f2"], "attested": {"f2": "aggregate"}}
        assert steps(round_(state="PROPOSED", by=NAMES, term=agreed), CLOSED) == (Commit(1, 1),)
        last = round_(2, state="COMMITTED", record=record(2))
        kept = journal().with_kept(1, digest("1")).with_kept(2, digest("2"))
        of = {"round_number": 2}
        assert self.look("RUNNING", task=of, newest=last, notes=kept).steps == (Finalize(),)
