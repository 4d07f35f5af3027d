"""As many samples at once as fit into memory: fewer after a failure, with the same result."""

import logging
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch

from weftwork.errors import EnvironmentFaultError

__all__ = ["PhysicalBatch"]

LOG = logging.getLogger(__name__)
T = TypeVar("T")

# torch has no class of its own for a CPU that is out of memory.
CPU_MESSAGES = ("not enough memory", "can't allocate memory")


class PhysicalBatch:
    """Works through a batch in parts, and remembers the largest that fits."""

    def __init__(self) -> None:
        self.limit: int | None = None

    def parts(self, samples: int, wish: int | None, work: Callable[[slice], T]) -> Iterator[T]:
        """What `work` gives for each part of `samples`, of `wish` (or all) samples at most.

        Raises: EnvironmentFaultError where one sample alone does not fit.
        """
        start = 0
        while start < samples:
            size = min(samples - start, wish or samples, self.limit or samples)
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
                "out of memory with %d samples at once; going on with %d, "
                "and the same gradient over the whole batch",
                size,
                self.limit,
            )

    @staticmethod
    def _attempt(part: slice, work: Callable[[slice], T]) -> T | None:
        """None if memory ran out; by then everything that the attempt held is freed."""
        try:
            return work(part)
        except torch.OutOfMemoryError:
            pass
        except MemoryError:
            return None
        except RuntimeError as error:
            if not any(message in str(error) for message in CPU_MESSAGES):
                raise
            return None
        torch.cuda.empty_cache()
        return None
