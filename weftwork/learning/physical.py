"""As many samples at once as fit into memory: fewer after a failure, with the same result."""

import logging
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch

from weftwork.errors import EnvironmentFaultError

__all__ = ["PhysicalBatch", "ran_out_of_memory"]

LOG = logging.getLogger(__name__)
T = TypeVar("T")

# For these torch has no class of its own: its allocator on a CPU (Windows' and others'), an Apple
# GPU, and a CUDA driver that fails outside of torch's allocator.
MESSAGES = (
    "DefaultCPUAllocator: not enough memory",
    "DefaultCPUAllocator: can't allocate memory",
    "MPS backend out of memory",
    "CUDA error: out of memory",
)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that a device, or this process, has no more memory to give."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(one in str(error) for one in MESSAGES)


class PhysicalBatch:
    """Works through a batch in parts of `limit` samples at most, or of fewer, once those failed."""

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit

    def parts(self, samples: int, work: Callable[[slice], T]) -> Iterator[T]:
        """What `work` gives for each part of `samples`.

        Raises: EnvironmentFaultError where one sample alone does not fit.
        """
        start = 0
        while start < samples:
            size = min(samples - start, self.limit or samples)
            result = self._attempt(slice(start, start + size), work)
            if result is not None:
                yield result
                start += size
                continue
            if size == 1:
                raise EnvironmentFaultError(
                    "this machine has not enough memory for one sample; "
                    "use a smaller model, or a device with more memory"
                )
            self.limit = (size + 1) // 2
            LOG.warning(
                "out of memory with %d samples at once; going on with %d, and the same result",
                size,
                self.limit,
            )

    @staticmethod
    def _attempt(part: slice, work: Callable[[slice], T]) -> T | None:
        """None if memory ran out; by then everything that the attempt held is freed."""
        try:
            return work(part)
        except (RuntimeError, MemoryError) as error:
            if not ran_out_of_memory(error):
                raise
        # The error, and with it the frames that it came through, is gone.
        torch.cuda.empty_cache()
        if torch.backends.mps.is_available():
            torch.mps.empty_cache()
        return None
