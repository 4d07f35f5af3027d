"""What a private step costs: ours, Opacus's and `vmap`'s, beside plain SGD of the same model.

    python -m benchmarks.dp [--json FILE] [--models NAME ...] [--batches N ...] [--repeats N]

Rows, for each model and batch (plain SGD is the peer of all):

    dp_step_<model>_b<batch>                  our step, CPU seconds
    dp_step_<model>_b<batch>_<method>         opacus_ghost, opacus_hooks, vmap
    dp_step_<...>_large_malloc                the same where the C library keeps freed memory
    dp_memory_<model>_b<batch>[_<method>]     peak memory beyond plain SGD's, MiB; the peer of ours
                                              is Opacus's ghost clipping

The second setting (MALLOC_MMAP_THRESHOLD_ and MALLOC_TRIM_THRESHOLD_ large) is there because who
allocates much gains much from it: without it the comparison would be unfair. Each method takes
turns with plain SGD in processes of its own. Ours has several, of which the median counts, since
where a process's memory happens to lie makes one faster by a tenth than the next. Another library
that the machine has not the memory for has no row: `vmap` of the LSTM at B = 256 with the second
setting takes more than 23 GiB.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.dp.steps import METHODS
from benchmarks.dp.tasks import TASKS
from benchmarks.report import Row

LARGE = {name: str(2**32) for name in ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")}
MALLOC = {"": {}, "_large_malloc": LARGE}
OTHERS = [name for name in METHODS if name not in {"plain", "ours"}]
MIB = 2**20


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """The rows, each group as soon as it is there."""
    for model in options.models:
        for batch in options.batches:
            where = f"{model}_b{batch}"
            for suffix, environment in MALLOC.items():
                if not suffix or options.device == "cpu":
                    yield from _seconds(options, model, batch, where, suffix, environment)
            if not options.no_memory:
                yield from _memory(options, model, batch, where)


def _seconds(
    options: argparse.Namespace,
    model: str,
    batch: int,
    where: str,
    suffix: str,
    environment: dict[str, str],
) -> Iterator[Row]:
    for method in ("ours", *options.others):
        count = options.processes if method == "ours" else 1
        try:
            processes = [
                _worker("seconds", options, model, batch, ["plain", method], environment)
                for _ in range(count)
            ]
        except subprocess.CalledProcessError as error:
            if error.returncode != -signal.SIGKILL or method == "ours":
                raise
            print(f"{where} {method}{suffix}: killed, most likely for want of memory", flush=True)
            continue
        plain, its = (statistics.median(p[one] for p in processes) for one in ("plain", method))
        name = "" if method == "ours" else f"_{method}"
        yield Row(f"dp_step_{where}{name}{suffix}", its, "s", "plain SGD", plain)


def _memory(options: argparse.Namespace, model: str, batch: int, where: str) -> Iterator[Row]:
    peaks = {
        method: _worker("memory", options, model, batch, [method], {})[method]
        for method in ("plain", "ours", *options.others)
    }
    extra = {method: (peak - peaks["plain"]) / MIB for method, peak in peaks.items()}
    peer = "opacus_ghost" if "opacus_ghost" in extra else None
    yield Row(f"dp_memory_{where}", extra["ours"], "MiB", peer, extra[peer] if peer else None)
    for method in options.others:
        yield Row(f"dp_memory_{where}_{method}", extra[method], "MiB")


def _worker(
    what: str,
    options: argparse.Namespace,
    model: str,
    batch: int,
    methods: Sequence[str],
    environment: dict[str, str],
) -> dict[str, float]:
    arguments = ["--model", model, "--batch", str(batch), "--methods", *methods]
    for name in ("repeats", "budget", "threads", "device"):
        arguments += [f"--{name}", str(getattr(options, name))]
    kept = {name: value for name, value in os.environ.items() if name not in LARGE}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.dp.worker", what, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        env=kept | environment,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dp", description="Seconds and memory of a private step."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there")
    parser.add_argument("--models", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--batches", nargs="+", type=int, default=[32, 256])
    parser.add_argument("--others", nargs="*", choices=OTHERS, default=OTHERS)
    parser.add_argument("--processes", type=int, default=3, help="that measure the same")
    parser.add_argument("--repeats", type=int, default=200, help="steps of each method in each")
    parser.add_argument(
        "--budget", type=float, default=10.0, help="seconds after which a method repeats no more"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--no-memory", action="store_true", help="leave out the peaks")
    return parser.parse_args()


def _show(row: Row) -> None:
    """One line; the steps of small models take milliseconds."""
    ratio = f"  ({row.ratio:.2f} x {row.peer})" if row.ratio is not None else ""
    print(f"{row.name:50} {row.value:10.4f} {row.unit:4}{ratio}", flush=True)


def main() -> None:
    """Measure, print, and write what was asked for."""
    options = _options()
    machine = report.machine() | {"threads": options.threads, "device": options.device}
    rows = []
    for row in measure(options):
        _show(row)
        rows.append(row)
    if options.json:
        report.write(options.json, rows, machine)


if __name__ == "__main__":
    main()
