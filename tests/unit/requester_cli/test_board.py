"""What a terminal of 80 columns shows."""

import dataclasses
import io

import pytest
from rich.console import Console

from requester_cli import board, lines, output, progress
from requester_cli.progress import Snapshot
from tests.unit.requester_cli.examples import (
    FACTORIES,
    closed_round,
    evaluation,
    finished,
    joined,
    open_round,
    opened,
    raw_record,
    records,
    running,
    sealed,
    task,
    update,
)
from weftwork.ledger.records import Left, RoundRecord

NOW = opened(3) + 2000


def shown(
    snapshot: Snapshot, *, rows: int | None = None, note: str = "", width: int = 80
) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(board.whole(snapshot, NOW, rows=rows, note=note))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_task_that_waits_for_providers() -> None:
    snapshot = Snapshot(task(joined=[joined("factory1", 0)], join_deadline_ms=NOW + 23_900))
    assert shown(snapshot) == [
        "digits-3f9a1c  Handwritten digits  PUBLISHED",
        "1 of 3 providers joined (2 are enough): factory1, 23 s left",
    ]


def test_a_task_that_runs() -> None:
    assert shown(running(2, ["factory3"])) == [
        "digits-3f9a1c  Handwritten digits  RUNNING",
        "round      in  leader    accuracy    bytes  train  judge  aggr.  tx",
        "    1  3 of 3  factory2    62.0 %  61.7 kB  3.1 s  0.6 s  0.5 s  8c985b2d",
        "    2  3 of 3  factory3    74.0 %  61.7 kB  3.1 s  0.6 s  0.5 s  6fb90cc8",
        "    3  1 of 3  factory1         -  20.6 kB  2.0 s      -      -",
        "round 3: training, waiting for factory1 and factory2, 118 s left",
    ]


def test_a_task_that_finished() -> None:
    screen = shown(finished())
    assert screen[0].endswith("FINISHED")
    assert screen[-1] == "FINISHED after 3 rounds and 40.0 s, accuracy 86.0 %, model a63f0dfe"
    assert len(screen) == 6


def test_a_task_that_was_cancelled_says_why() -> None:
    cancelled = Snapshot(task(state="CANCELLED", reason="wrong data", ended_at_ms=opened(1)))
    assert shown(cancelled)[-1] == "CANCELLED after 0 rounds and 15.0 s: wrong data"


def test_a_halted_task_says_why() -> None:
    why = "too-few-updates: 1 of at least 2, after the round was extended"
    halted = Snapshot(task(state="HALTED", reason=why, ended_at_ms=opened(1)))
    assert shown(halted, width=160)[-1] == f"HALTED after 0 rounds and 15.0 s: {why}"


def test_those_that_the_committee_waits_for_are_named() -> None:
    judging = closed_round(1, scores_sealed=sealed("factory1", "factory3"))
    snapshot = dataclasses.replace(running(0, []), open=judging)
    assert shown(snapshot)[-1] == "round 1: judging, waiting for factory2"
    again = closed_round(1, term=2, sealed=sealed("factory2", "factory3"))
    snapshot = dataclasses.replace(running(0, []), open=again)
    assert shown(snapshot)[-1] == "round 1: aggregating in term 2, waiting for factory1"


def test_where_anyone_may_go_on_the_committee_is_named() -> None:
    snapshot = dataclasses.replace(running(0, []), open=open_round(1, FACTORIES))
    committee = "factory1, factory2 and factory3, led by factory1"
    assert shown(snapshot, width=160)[-1] == f"round 1: closing, the committee is {committee}"


def test_what_a_committee_did_wrong_is_named() -> None:
    lied = {"participant": "factory1", "term": 1, "fault": "wrong-proposal"}
    late = {"participant": "factory3", "term": 2, "fault": "unavailable"}
    raw = raw_record(1, "", replaced=[lied], faults=[lied, late])
    assert list(board.footnotes([RoundRecord.model_validate(raw)])) == [
        "round 1: replaced factory1 (wrong-proposal); fault of factory3 (unavailable)"
    ]


def test_a_deadline_that_passed_is_said_to_have() -> None:
    late = open_round(1, ["factory1"], deadline_ms=NOW - 1)
    snapshot = dataclasses.replace(running(0, []), open=late)
    assert shown(snapshot)[-1].endswith("waiting for factory2 and factory3, past the deadline")


def test_a_subset_is_never_shown_in_silence() -> None:
    record = RoundRecord.model_validate(
        raw_record(
            3,
            "",
            submitted=[update(3, "factory1", 1000)],
            accepted=[],
            rejected=[
                {"participant": "factory1", "reason": "bad-signature", "by_quorum": True},
                {"participant": "factory4", "reason": "late", "by_quorum": False},
            ],
            missing=["factory2"],
            left=["factory3"],
        )
    )
    screen = shown(dataclasses.replace(finished(), records=(*records(2), record)))
    note = "round 3: missing factory2; rejected factory1 (bad-signature); kept out factory4 (late);"
    assert note in " ".join(screen)


def test_a_small_terminal_shows_the_newest_rounds() -> None:
    screen = shown(running(2, []), rows=1)
    assert screen[1] == "(1 earlier round)"
    assert [line.split()[0] for line in screen[3:5]] == ["2", "3"]


def test_trouble_is_shown_below() -> None:
    assert shown(running(2, []), note="no answer")[-1] == "no answer"


def test_large_values_fit_80_columns() -> None:
    record = RoundRecord.model_validate(
        raw_record(
            1,
            "",
            round=99_999,
            leader="munich-plant2",
            submitted=[update(1, "factory1", 1_234_000) | {"size": 10**11}],
            closed_at_ms=opened(1) + 1_234_000,
            evaluations=[evaluation("factory1", opened(1) + 4_000_000)],
            committed_at_ms=opened(1) + 5_000_000,
        )
    )
    snapshot = dataclasses.replace(finished(), records=(record,))
    row = shown(snapshot)[2]
    for text in ("99999", "munich-plant2", "100 GB", "1234 s", "2766 s", "1000 s", "8c985b2d"):
        assert text in row


def test_every_news_is_one_line() -> None:
    left = [{"participant": "factory2", "reason": "maintenance", "left_at_ms": 1}]
    cancelled = Snapshot(task(state="CANCELLED", reason="wrong data", left=left))
    for after in (running(1, ["factory1"]), finished(), cancelled):
        for document in progress.news(None, after):
            text = lines.line(document)
            assert text.startswith("digits-3f9a1c  ")
            assert "\n" not in text


def test_the_lines_of_a_round() -> None:
    told = [lines.line(one) for one in progress.news(running(0, []), running(1, ["factory1"]))]
    assert told == [
        "digits-3f9a1c  round 1 of 3  committed, 3 of 3 in, accuracy 62.0 %, leader factory2,"
        " 61.7 kB, 3.1 s training, 0.6 s judging, 0.5 s aggregating, transaction 8c985b2d",
        "digits-3f9a1c  round 2 of 3  training, 1 of 3 in, missing factory2 and factory3,"
        " committee factory1, factory2 and factory3, leader factory1",
    ]


def test_text_of_others_is_shown_as_it_is_written() -> None:
    definition = task().definition.model_copy(update={"title": "[bold red]:boom:[/] \x1b[31m"})
    screen = shown(Snapshot(task().model_copy(update={"definition": definition})))
    assert "[bold red]:boom:[/]" in screen[0]


@pytest.mark.parametrize("terminal", [True, False])
def test_colour_only_on_a_terminal_that_wants_it(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for no_colour in (False, True):
        if no_colour:
            monkeypatch.setenv("NO_COLOR", "1")
        stream = Stream()
        monkeypatch.setattr("sys.stdout", stream)
        output.console().print(output.state("FINISHED"))
        coloured = "32m" in stream.getvalue()
        assert coloured == (terminal and not no_colour)


def test_a_round_that_can_never_end_says_so_and_who_left_why() -> None:
    left = [Left(participant="factory2", left_at_ms=NOW, reason="its training is over")]
    alone = open_round(1, ["factory1"], missing=[])
    snapshot = dataclasses.replace(running(0, []), task=task(left=left), open=alone)
    assert shown(snapshot)[-2:] == [
        "factory2 left: its training is over",
        "round 1: too few of at least 2 providers are left; the task will be halted",
    ]
    (said,) = (lines.line(one) for one in progress.news(None, snapshot) if one["event"] == "round")
    assert said.endswith(
        "1 of 1 in, too few of at least 2 providers are left; the task will be halted"
    )
