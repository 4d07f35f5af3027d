"""Log lines, for people and for programs."""

import json
import subprocess
import sys

PROGRAM = """
import logging, structlog
from provider_node import logs
logs.configure({style!r}, verbose={verbose})
log = structlog.get_logger("provider_node.somewhere")
with structlog.contextvars.bound_contextvars(task="digits-1", round=3):
    log.info("submitted", transaction="abc")
    logging.getLogger("weftwork.somewhere").warning("the peer is away")
    log.debug("epoch done")
    logging.getLogger("somebody.else").debug("chatter")
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed")
"""


def lines(style: str, *, verbose: bool = False) -> list[str]:
    program = PROGRAM.format(style=style, verbose=verbose)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_each_json_line_is_an_object_with_task_and_round() -> None:
    found = [json.loads(line) for line in lines("json")]
    assert [one["event"] for one in found] == ["submitted", "the peer is away", "failed"]
    assert {(one["task"], one["round"]) for one in found} == {("digits-1", 3)}
    assert [one["level"] for one in found] == ["info", "warning", "error"]
    assert found[0]["transaction"] == "abc"
    assert found[0]["timestamp"].endswith("Z")
    assert found[2]["exception"][0]["exc_type"] == "ZeroDivisionError"


def test_a_traceback_in_json_shows_no_values() -> None:
    assert "locals" not in json.loads(lines("json")[2])["exception"][0]["frames"][0]


def test_verbose_adds_our_own_debug_lines_only() -> None:
    found = [json.loads(line)["event"] for line in lines("json", verbose=True)]
    assert "epoch done" in found
    assert "chatter" not in found


def test_people_read_one_line_an_event_without_colours_in_a_file() -> None:
    found = lines("human")
    assert "submitted" in found[0]
    assert "task=digits-1" in found[0]
    assert "\x1b" not in "".join(found)
