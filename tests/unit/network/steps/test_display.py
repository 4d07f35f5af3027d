import io

import pytest

from network.steps.display import Display
from network.steps.progress import READY, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_tell_of_each_phase_once() -> None:
    stream = io.StringIO()
    with Display(stream) as display:
        for done in range(300):
            display.update(Progress("Fabric", "compiling", done, 300, "packages"))
        display.update(Progress("Fabric", READY))
    assert stream.getvalue().splitlines() == [
        "   0 s  Fabric: compiling 0 of 300 packages",
        "   0 s  Fabric: ready",
    ]


def test_a_phase_that_goes_on_is_told_of_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    display = Display(stream)
    for seconds in (0.0, 4.0, 12.0):
        monkeypatch.setattr("time.monotonic", lambda now=seconds: display._started + now)
        display.update(Progress("Fabric", "compiling", int(seconds), 300))
    assert stream.getvalue().splitlines() == [
        "   0 s  Fabric: compiling 0 of 300",
        "  12 s  Fabric: compiling 12 of 300",
    ]


def test_what_was_ready_from_the_start_is_no_news() -> None:
    stream = io.StringIO()
    with Display(stream) as display:
        display.update(Progress("Fabric", READY))
    assert stream.getvalue() == ""


def test_a_terminal_shows_a_line_for_each_part_in_place() -> None:
    stream = Terminal()
    with Display(stream) as display:
        display.update(Progress("Fabric", "compiling", 1, 300))
        display.update(Progress("Fabric CA", "downloading", 2, 70, "modules"))
    last = stream.getvalue().split("\r\x1b[2K")[-2:]
    assert last == [
        "   0 s  Fabric     compiling 1 of 300\n",
        "   0 s  Fabric CA  downloading 2 of 70 modules\n",
    ]
