"""How quickly a command line is there: `requester_cli --help`, beside Python that does nothing.

    python -m benchmarks.cli [--json FILE]

Each run is a fresh process; the two take turns. Row: help_seconds (median of 10, after a warm-up).
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import report
from benchmarks.report import Row

RUNS = 10
HELP = ("-m", "requester_cli", "--help")
NOTHING = ("-c", "pass")


def measure() -> list[Row]:
    """The rows."""
    seconds = [(_seconds(*HELP), _seconds(*NOTHING)) for _ in range(1 + RUNS)]
    own, peer = (statistics.median(column) for column in zip(*seconds[1:], strict=True))
    return [Row("help_seconds", own, "s", "python -c pass", peer)]


def _seconds(*arguments: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="Time until a command line answers.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there")
    options = parser.parse_args()
    machine = report.machine()
    measured = measure()
    report.show(measured)
    if options.json:
        report.write(options.json, measured, machine)


if __name__ == "__main__":
    main()
