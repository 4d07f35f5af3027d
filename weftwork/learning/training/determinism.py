"""One seed, the same bits: on the same machine, with the same number of threads."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["deterministic", "reseed"]


@contextmanager
def deterministic(seed: int) -> Iterator[None]:
    """One seed for all that is random inside, deterministic kernels only; both put back after."""
    before = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)


def reseed(seed: int, epoch: int) -> None:
    """Begin an epoch's own stream, so that a resumed training draws what it would have drawn."""
    text = f"weftwork.epoch.v1\n{seed}\n{epoch}"
    torch.manual_seed(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1)
