"""What is printed: plain where somebody else wrote it, and without padding in a pipe."""

import json

import pytest
from rich.text import Text

from requester_cli import lines, output
from tests.unit.requester_cli.examples import parts, raw_record

HOSTILE = "a\x1b[2Jb\x07c\x9b31md\x7f"
PLAIN = "a\ufffd[2Jb\ufffdc\ufffd31md\ufffd"


@pytest.mark.parametrize("terminal", [False, True])
def test_text_of_the_ledger_cannot_steer_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm-256color")
    table = output.table(("title", "left"))
    table.add_row(HOSTILE)
    output.show(HOSTILE, Text(HOSTILE, style="red"), table, output.facts([("reason", HOSTILE)]))
    shown = capsys.readouterr().out
    assert shown.count("a\ufffd[2Jb") == 4
    assert ("\x1b[31m" in shown) == terminal  # its own colours remain
    assert "\x1b[2J" not in shown
    assert not set(shown) & set("\x07\x9b\x7f")


@pytest.mark.parametrize("write", [output.json_document, output.json_line])
def test_json_keeps_every_character_and_steers_no_terminal(
    capsys: pytest.CaptureFixture[str], write: object
) -> None:
    assert callable(write)
    write({"reason": HOSTILE + "\u00e9"})
    shown = capsys.readouterr().out
    assert "\u00e9" in shown
    assert not set(shown) & set("\x1b\x07\x9b\x7f")
    assert json.loads(shown) == {"reason": HOSTILE + "\u00e9"}


def test_the_line_of_a_round_ends_with_what_each_update_added() -> None:
    raw = raw_record(1, "", accepted=parts(["factory1", "factory2"], 31_200))
    news = {"event": "committed", "task": "t", "rounds": 3, "record": raw}
    added = "contributed factory1 +0.0312, factory2 +0.0312"
    assert lines.line(news).endswith(f"; {added}")
    assert "contributed" not in lines.line(news | {"record": raw_record(1, "")})


def test_a_reason_of_several_lines_is_one_line_of_news() -> None:
    news = {"event": "left", "task": "t", "participant": "f", "reason": f"{HOSTILE}\nt  FINISHED"}
    assert lines.line(news) == f"t  f left: {PLAIN} t  FINISHED"


def test_a_pipe_gets_no_padding(capsys: pytest.CaptureFixture[str]) -> None:
    table = output.table(("task", "left"), ("state", "left"))
    table.add_row("a-long-name", "x")
    table.add_row("b", "FINISHED")
    output.show(table, "", "end")
    assert capsys.readouterr().out.splitlines() == [
        "task         state",
        "a-long-name  x",
        "b            FINISHED",
        "",
        "end",
    ]
