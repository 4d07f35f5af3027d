"""Many simulations, two at a time, each in a process of its own."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from benchmarks.reputation.sandbox import build
from benchmarks.reputation.simulating import Outcome, Plan, simulate

__all__ = ["run"]

PROCESSES = 2


def run(kinds: Sequence[str], seeds: int, plan: Plan) -> Iterator[Outcome]:
    """Each scenario with each seed, in this order."""
    program = build()
    pairs = [(kind, seed) for kind in kinds for seed in range(1, seeds + 1)]
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=fresh, initializer=_one_thread) as pool:
        waiting = [pool.submit(simulate, *pair, plan, program) for pair in pairs]
        for one in waiting:
            yield one.result()


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
