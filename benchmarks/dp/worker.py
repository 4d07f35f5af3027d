"""Measures in a process of its own, whose memory allocator the parent has set; prints JSON.

    python -m benchmarks.dp.worker seconds --model lstm --batch 32 --methods plain ours ...
    python -m benchmarks.dp.worker memory --model lstm --batch 256 --methods ours

`seconds`: medians by method, of CPU seconds of this process (on a GPU: of time until it is idle).
The methods take turns, so that what else the machine does meets all of them; a slow method sits
out once it has had its share of `--budget` seconds. `memory`: the peak in bytes of one method, its
model included, beyond what the process holds once the method's code is loaded and has run.
"""

import argparse
import gc
import json
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.dp.steps import METHODS, Training
from benchmarks.dp.tasks import TASKS

STEPS_FOR_PEAK = 2


def main() -> None:
    """Measure what was asked for."""
    options = _options()
    warnings.simplefilter("ignore")  # Opacus's, of torch's deprecated hooks
    torch.set_num_threads(options.threads)
    measure = _peak if options.what == "memory" else _seconds
    print(json.dumps(measure(options)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["seconds", "memory"])
    parser.add_argument("--model", choices=TASKS, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--methods", nargs="+", choices=METHODS, required=True)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


def _trainings(options: argparse.Namespace, batch: int) -> dict[str, Training]:
    task = TASKS[options.model]
    x, y = (one.to(options.device) for one in task.batch(batch))
    return {name: METHODS[name](task, x, y) for name in options.methods}


def _seconds(options: argparse.Namespace) -> dict[str, float]:
    steps = {name: one.step for name, one in _trainings(options, options.batch).items()}
    for step in steps.values():
        step()  # what is set up once
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(options.repeats):
        for name, step in steps.items():
            if not taken[name] or sum(taken[name]) + taken[name][-1] <= options.budget:
                taken[name].append(_timed(step, options.device))
    return {name: statistics.median(each) for name, each in taken.items()}


def _timed(step: Callable[[], None], device: str) -> float:
    if device == "cpu":
        begin = time.process_time()
        step()
        return time.process_time() - begin
    torch.cuda.synchronize()
    begin = time.perf_counter()
    step()
    torch.cuda.synchronize()
    return time.perf_counter() - begin


def _peak(options: argparse.Namespace) -> dict[str, float]:
    for batch in (1, options.batch):  # the first only loads what the second needs
        before = _begin_peak(options.device)
        [(name, training)] = _trainings(options, batch).items()
        for _ in range(STEPS_FOR_PEAK):
            training.step()
        peak = _end_peak(options.device) - before
        del training
        gc.collect()
    return {name: peak}


def _begin_peak(device: str) -> float:
    """Forget the peak so far; the bytes that are held now."""
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated()
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # resets VmHWM
    return _kibibytes("VmRSS") * 1024


def _end_peak(device: str) -> float:
    return _kibibytes("VmHWM") * 1024 if device == "cpu" else torch.cuda.max_memory_allocated()


def _kibibytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:")))


if __name__ == "__main__":
    main()
