"""What is new between two looks at a task is told once, in order."""

import dataclasses
from typing import Any

import pytest

from requester_cli import progress
from requester_cli.progress import Snapshot, Spans
from tests.unit.requester_cli.examples import (
    FACTORIES,
    SIZE,
    closed_round,
    evaluation,
    finished,
    joined,
    open_round,
    opened,
    records,
    running,
    sealed,
    sha,
    task,
)
from weftwork.ledger.records import Round


def events(before: Snapshot | None, after: Snapshot) -> list[str]:
    return [document["event"] for document in progress.news(before, after)]


def test_a_new_task_tells_who_joined() -> None:
    (only,) = progress.news(None, Snapshot(task(joined=[joined("factory1", 0)])))
    assert only["event"] == "joined"
    assert only["joined"] == ["factory1"]
    assert (only["min"], only["max"]) == (2, 3)


def test_nothing_new_is_not_told() -> None:
    for snapshot in (Snapshot(task()), running(1, ["factory1"])):
        assert progress.news(snapshot, snapshot) == []


def test_one_more_that_joined_is_told() -> None:
    before = Snapshot(task(joined=[joined("factory1", 0)]))
    assert events(before, Snapshot(task())) == ["joined"]


def test_the_past_of_a_finished_task_is_told_in_order() -> None:
    told = progress.news(None, finished())
    kinds = ["joined", "started", "committed", "committed", "committed", "ended"]
    assert [document["event"] for document in told] == kinds
    assert [document["round"] for document in told[2:5]] == [1, 2, 3]
    assert told[-1]["state"] == "FINISHED"
    assert told[-1]["model"] == {"digest": sha("model 3"), "size": SIZE}


def test_rounds_that_passed_between_two_looks_are_not_lost() -> None:
    told = progress.news(running(0, []), running(2, ["factory2"]))
    assert [(one["event"], one["round"]) for one in told] == [
        ("committed", 1),
        ("committed", 2),
        ("round", 3),
    ]


def test_an_update_is_told_with_those_still_missing() -> None:
    (only,) = progress.news(running(0, []), running(0, ["factory2"]))
    assert only["submitted"] == ["factory2"]
    assert only["missing"] == ["factory1", "factory3"]
    assert only["stage"] == "training"


def test_who_left_is_told_once_with_the_reason() -> None:
    left = [{"participant": "factory2", "reason": "maintenance", "left_at_ms": 1}]
    before = running(0, [])
    gone = task(state="RUNNING", participants=FACTORIES, round=1, left=left)
    after = dataclasses.replace(before, task=gone)
    (only,) = progress.news(before, after)
    assert (only["event"], only["participant"], only["reason"]) == (
        "left",
        "factory2",
        "maintenance",
    )
    assert progress.news(after, after) == []


def test_a_cancelled_task_tells_why() -> None:
    cancelled = Snapshot(task(state="CANCELLED", reason="wrong data"), (), open_round(1, []))
    told = progress.news(running(0, []), cancelled)
    assert [one["event"] for one in told] == ["ended"]
    assert told[0]["reason"] == "wrong data"


REVEALED: dict[str, Any] = {
    "scores_sealed": sealed(*FACTORIES),
    "evaluations": [evaluation(name, opened(1) + 4000) for name in FACTORIES],
}
PROPOSED: dict[str, Any] = {"proposal": {"term": 1, "digest": sha("model 1"), "size": SIZE}}


@pytest.mark.parametrize(
    ("round_", "stage", "waits_for"),
    [
        (open_round(1, ["factory1"]), "training", ["factory2", "factory3"]),
        (open_round(1, FACTORIES), "closing", []),
        (closed_round(1), "judging", FACTORIES),
        (closed_round(1, scores_sealed=sealed("factory1")), "judging", ["factory2", "factory3"]),
        (closed_round(1, scores_sealed=sealed(*FACTORIES)), "judging", FACTORIES),
        (closed_round(1, **REVEALED), "aggregating", ["factory2", "factory3"]),
        (closed_round(1, **REVEALED, sealed=sealed("factory2")), "aggregating", ["factory3"]),
        (
            closed_round(1, **REVEALED, sealed=sealed("factory2", "factory3")),
            "aggregating",
            ["factory1"],
        ),
        (closed_round(1, term=2), "aggregating", ["factory2", "factory3"]),
        (
            closed_round(1, "PROPOSED", **PROPOSED, sealed=sealed("factory3")),
            "attesting",
            ["factory3"],
        ),
        (closed_round(1, "PROPOSED", **PROPOSED), "attesting", []),
    ],
)
def test_the_stages_of_a_round(round_: Round, stage: str, waits_for: list[str]) -> None:
    assert (progress.stage(round_), progress.waits_for(round_)) == (stage, waits_for)


def test_each_step_of_the_committee_is_news() -> None:
    before = dataclasses.replace(running(0, []), open=closed_round(1))
    after = dataclasses.replace(before, open=closed_round(1, scores_sealed=sealed("factory2")))
    (only,) = progress.news(before, after)
    assert (only["stage"], only["waits_for"]) == ("judging", ["factory1", "factory3"])
    assert (only["leader"], only["committee"], only["term"]) == ("factory1", FACTORIES, 1)
    (replaced,) = progress.news(after, dataclasses.replace(after, open=closed_round(1, term=2)))
    assert replaced["term"] == 2


def test_a_halted_task_tells_why() -> None:
    halted = Snapshot(task(state="HALTED", reason="committee-split: no digest has a quorum of 2"))
    told = progress.news(running(0, []), halted)
    assert [(one["event"], one["state"], one["reason"]) for one in told] == [
        ("ended", "HALTED", "committee-split: no digest has a quorum of 2")
    ]


def test_the_spans_of_a_round() -> None:
    assert progress.spans(records(1)[0]) == Spans(3100, 600, 500)


def test_the_spans_of_an_open_round_last_until_now() -> None:
    now = opened(1) + 7000
    assert progress.spans_so_far(open_round(1, ["factory1"]), now) == Spans(7000, None, None)
    assert progress.spans_so_far(closed_round(1), now) == Spans(3000, 4000, None)
    assert progress.spans_so_far(closed_round(1, **REVEALED), now) == Spans(3000, 1000, 3000)


def test_a_clock_that_is_behind_shows_no_negative_time() -> None:
    assert progress.spans_so_far(open_round(1, []), opened(1) - 5000) == Spans(0, None, None)


def test_bytes_of_a_round_are_those_of_its_updates() -> None:
    assert progress.size(records(1)[0].submitted) == 3 * SIZE
