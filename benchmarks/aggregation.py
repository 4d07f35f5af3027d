"""How quickly updates become the next model, beside reading as many bytes from memory.

    python -m benchmarks.aggregation [--json FILE] [--updates 10] [--millions 100] [--turns 7]

Writes a base model and updates of so many million numbers each to a folder (`--folder`), where they
stay in the system's cache of files: 4 GB and more for the defaults. The measurements take turns; a
first turn warms up. Of each the quickest turn counts, as usual for the speed of memory: whatever
else runs on the machine only adds. Rows, of K updates of N million numbers:

aggregate_KxNm         the sums, of updates that lie in memory; the peer reads as many bytes from it
aggregate_KxNm_files   file to file: pages are mapped and the model is written, too; the same peer
aggregate_KxNm_memory  the most that it allocates; the peer is one model
aggregate_KxNm_RULE    file to file by another rule than the mean, in two turns; the same peer. A
                       rule that needs more than K updates has no row, and that is said
examine_Nm             the check of one update; the peer is the SHA-256 in it, alone
"""

import argparse
import hashlib
import os
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from benchmarks import report
from benchmarks.report import Row
from weftwork.learning.aggregation import Layout, Update, aggregate, examine
from weftwork.learning.aggregation.aggregate import desk, opened, reductions
from weftwork.learning.aggregation.blocks import Blocks
from weftwork.learning.aggregation.rules import (
    ClippedMean,
    GeometricMedian,
    Median,
    MultiKrum,
    TrimmedMean,
    WeightedMean,
)
from weftwork.learning.strategies import Server

THREADS = 2
MAX_READ = 1 << 30  # bytes; an array of them is read again and again
MB = 1_000_000
RULES = (
    Median(),
    TrimmedMean(trim=1),
    MultiKrum(byzantine=1),
    GeometricMedian(),
    ClippedMean(),
)
RULE_TURNS = 2


@dataclass(frozen=True)
class Round:
    """A round's files."""

    base: Path
    updates: list[Update]
    output: Path

    @property
    def bytes(self) -> int:
        """Of all updates."""
        return sum(update.path.stat().st_size for update in self.updates)


def prepare(folder: Path, updates: int, numbers: int) -> Round:
    """Write the files, and wait until they are on the disk: later, that would disturb."""
    random = np.random.default_rng(1)
    paths = [folder / f"{i}.safetensors" for i in range(updates + 1)]
    for path in paths:
        save_file({"weight": random.standard_normal(numbers, np.float32)}, path)
        with path.open("rb") as file:
            os.fsync(file.fileno())
    base, *others = paths
    made = [Update(f"p{i:02}", path, 1000 + i) for i, path in enumerate(others)]
    return Round(base, made, folder / "output.safetensors")


def measure(round_: Round, turns: int) -> Iterator[Row]:
    """The rows."""
    one = round_.updates[0]
    digest = _sha256(one.path)
    checked = Update(one.participant, one.path, one.samples, digest)
    reader = Reader(round_.bytes)
    seconds = in_turn(
        {
            "sums": Sums(round_).compute,
            "files": lambda: aggregate(round_.base, round_.updates, round_.output, threads=THREADS),
            "read with one thread": lambda: reader.read(1),
            "read with two threads": lambda: reader.read(2),
            "examine": lambda: examine(round_.base, checked),
            "hash": lambda: _sha256(one.path),
        },
        turns,
    )
    reading = min(seconds["read with one thread"], seconds["read with two threads"])
    millions = one.path.stat().st_size // 4 // MB
    name = f"aggregate_{len(round_.updates)}x{millions}m"
    yield Row(name, seconds["sums"], "s", "reading as many bytes", reading)
    yield Row(f"{name}_files", seconds["files"], "s", "reading as many bytes", reading)
    model = round_.base.stat().st_size / MB
    yield Row(f"{name}_memory", _allocated(round_) / MB, "MB", "one model", model)
    for rule, used in by_rule(round_, min(turns, RULE_TURNS)).items():
        yield Row(f"{name}_{rule}", used, "s", "reading as many bytes", reading)
    yield Row(f"examine_{millions}m", seconds["examine"], "s", "SHA-256 alone", seconds["hash"])


def by_rule(round_: Round, turns: int) -> dict[str, float]:
    """The fewest seconds that each rule but the mean takes."""
    updates = len(round_.updates)
    works: dict[str, Callable[[], object]] = {}
    for rule in RULES:
        if updates < rule.least:
            print(f"{rule.name}: needs {rule.least} updates, and there are {updates}: no row")
        else:
            works[rule.name] = partial(
                aggregate, round_.base, round_.updates, round_.output, rule=rule, threads=THREADS
            )
    return in_turn(works, turns)


def in_turn(works: Mapping[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """The fewest seconds of each; every turn begins with another one."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    for turn in range(1 + turns):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            begin = time.perf_counter()
            works[name]()
            if turn:
                seconds[name].append(time.perf_counter() - begin)
    return {name: min(column) for name, column in seconds.items()}


class Sums:
    """What `aggregate` computes of a round, block by block and in as many threads; not the files.

    The first time maps the updates' pages.
    """

    def __init__(self, round_: Round) -> None:
        files = opened(round_.base, round_.updates, Layout(), THREADS)
        self._blocks = Blocks(files, Layout(), Server(), len(round_.updates))
        self._pieces = list(self._blocks.pieces(["weight"]))
        made = reductions(WeightedMean(), files, Layout(), Server())
        self._desks = [desk(made) for _ in range(THREADS)]
        self._pool = ThreadPoolExecutor(THREADS)

    def compute(self) -> None:
        """All of it."""
        list(self._pool.map(self._share, range(THREADS)))

    def _share(self, first: int) -> None:
        for piece in self._pieces[first::THREADS]:
            self._blocks.results(piece, self._desks[first])


class Reader:
    """Reads `size` bytes from memory as fast as it can: adds up 64-bit words."""

    def __init__(self, size: int) -> None:
        self._words = np.ones(max(1, min(size, MAX_READ) // 8), np.uint64)
        self._times = max(1, round(size / self._words.nbytes))
        self._pool = ThreadPoolExecutor(THREADS)

    def read(self, threads: int) -> None:
        """All bytes, once, each thread its part."""
        parts = np.array_split(self._words, threads)
        for _ in range(self._times):
            list(self._pool.map(np.add.reduce, parts))


def _allocated(round_: Round) -> int:
    """The most bytes that an aggregation held at once, beside the pages of files."""
    tracemalloc.start()
    try:
        aggregate(round_.base, round_.updates, round_.output, threads=THREADS)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="Exact aggregation beside the memory's speed.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there")
    parser.add_argument("--updates", type=int, default=10, help="how many (10)")
    parser.add_argument("--millions", type=int, default=100, help="of numbers in each (100)")
    parser.add_argument("--turns", type=int, default=7, help="measurements of each (7)")
    parser.add_argument("--folder", type=Path, help="where the files are written, for a while")
    options = parser.parse_args()
    machine = report.machine()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        round_ = prepare(Path(folder), options.updates, options.millions * MB)
        measured = list(measure(round_, options.turns))
    report.show(measured)
    if options.json:
        report.write(options.json, measured, machine)


if __name__ == "__main__":
    main()
