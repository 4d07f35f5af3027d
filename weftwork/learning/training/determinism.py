"""One seed, the same bits: on the same machine, with the same number of threads."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from weftwork.learning.precision import without_tf32

__all__ = ["deterministic", "reseed", "reseed_member"]


@contextmanager
def deterministic(seed: int) -> Iterator[None]:
    """One seed for all that is random inside, deterministic kernels in full float32 only.

    All of it is put back after.
    """
    before = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())), without_tf32():
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)


def reseed(seed: int, epoch: int) -> None:
    """Begin an epoch's own stream, so that a resumed training draws what it would have drawn."""
    torch.manual_seed(_seed(f"weftwork.epoch.v1\n{seed}\n{epoch}"))


def reseed_member(rank: int) -> None:
    """Go on with a stream of the process's own: dropout is not to treat all shares alike.

    Follows from the epoch's stream, and from nothing that was drawn of it.
    """
    torch.manual_seed(_seed(f"weftwork.member.v1\n{torch.initial_seed()}\n{rank}"))


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
