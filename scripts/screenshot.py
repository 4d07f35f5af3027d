"""Draw docs/images/demo.svg: the screen of a terminal in which `python -m demo` has run.

`python -m scripts.screenshot [COMMAND ...]` runs the command in a pseudo-terminal and lets a
terminal emulator work out what a person sees at the end, live displays included.
"""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

OUTPUT = Path("docs/images/demo.svg")
COLUMNS, LINES = 110, 400  # taller than what the demo prints, so that nothing scrolls away


def main(command: list[str]) -> int:
    """Run the command, write the picture, return the command's exit code."""
    screen = pyte.Screen(COLUMNS, LINES)
    code = _run(command, pyte.ByteStream(screen))
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    last = max((row for row in range(LINES) if screen.display[row].strip()), default=0)
    for row in range(last + 1):
        console.print(_line(screen, row), no_wrap=True, crop=True)
    console.save_svg(str(OUTPUT), title=" ".join(["make", "demo"]))
    return code


def _run(command: list[str], stream: pyte.ByteStream) -> int:
    """Feed everything that the command prints on its terminal to the emulator."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": "50"}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        while chunk := _read(ours):
            sys.stdout.buffer.write(chunk)
            sys.stdout.flush()
            stream.feed(chunk)
    os.close(ours)
    return process.returncode


def _read(terminal: int) -> bytes:
    """The next bytes; none once the last process that holds the other end has gone."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


def _line(screen: pyte.Screen, row: int) -> Text:
    text = Text()
    for column in range(COLUMNS):
        cell = screen.buffer[row][column]
        style = Style(color=_colour(cell.fg), bold=cell.bold, italic=cell.italics)
        text.append(cell.data, style)
    text.rstrip()
    return text


def _colour(name: str) -> str | None:
    """What pyte calls a colour as rich calls it."""
    if name == "default":
        return None
    if len(name) == 6 and all(digit in "0123456789abcdef" for digit in name):
        return f"#{name}"
    return {"brown": "yellow", "brightbrown": "bright_yellow"}.get(
        name, name.replace("bright", "bright_")
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [sys.executable, "-m", "demo"]))
