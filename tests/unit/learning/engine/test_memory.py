"""Batches larger than memory: the same gradient from smaller parts, and a warning for each step."""

import pytest
import torch
from torch import Tensor

from tests.unit.learning.engine.models import batch, network
from tests.unit.learning.engine.oracle import classes, close, expected
from weftwork.errors import EnvironmentFaultError
from weftwork.learning.engine import GradientEngine


class Memory:
    """A loss for which more than `fits` samples are too many."""

    def __init__(self, fits: int, error: Exception) -> None:
        self.fits, self.error = fits, error
        self.seen: list[int] = []

    def __call__(self, output: Tensor, y: Tensor) -> Tensor:
        self.seen.append(len(y))
        if len(y) > self.fits:
            raise self.error
        return classes(output, y)


OUT_OF_MEMORY = {
    "gpu": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"),
    "driver": RuntimeError("CUDA error: out of memory"),
    "apple": RuntimeError(
        "MPS backend out of memory (MPS allocated: 8.00 GB, other allocations: 1.00 GB, max "
        "allowed: 9.07 GB). Tried to allocate 1.00 GB on private pool."
    ),
    "cpu": RuntimeError(
        "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 40000000000000 bytes. Error code 12 (Cannot allocate memory)"
    ),
    "windows": RuntimeError(
        "DefaultCPUAllocator: not enough memory: you tried to allocate 4 bytes"
    ),
    "python": MemoryError(),
}


@pytest.mark.parametrize("error", OUT_OF_MEMORY.values(), ids=list(OUT_OF_MEMORY))
def test_a_batch_larger_than_memory(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    model, (x, y) = network(), batch()
    wanted = GradientEngine(model, classes).clipped(x, y, 1.0)
    memory = Memory(4, error)
    engine = GradientEngine(model, memory)
    result = engine.clipped(x, y, 1.0)
    close(result.gradient, wanted.gradient)
    close(result.norms, wanted.norms)
    assert [one.getMessage() for one in caplog.records] == [
        "out of memory with 12 samples at once; going on with 6, and the same result",
        "out of memory with 6 samples at once; going on with 3, and the same result",
    ]
    memory.seen.clear()
    engine.clipped(x, y, 1.0)
    assert memory.seen == [3, 3, 3, 3]  # it has learnt what fits


def test_a_batch_larger_than_the_owner_wants_at_once(caplog: pytest.LogCaptureFixture) -> None:
    memory = Memory(12, MemoryError())
    engine = GradientEngine(network(), memory, physical_batch=5)
    engine.clipped(*batch(), 1.0)
    memory.seen.clear()  # and with it the first batch's trial
    engine.clipped(*batch(), 1.0)
    assert memory.seen == [5, 5, 2]
    assert not caplog.records


def test_one_sample_larger_than_memory() -> None:
    engine = GradientEngine(network(), Memory(0, OUT_OF_MEMORY["cpu"]))
    with pytest.raises(EnvironmentFaultError, match="not enough memory for one sample; use"):
        engine.clipped(*batch(), 1.0)


def test_the_cpus_own_failure_is_one_of_memory() -> None:
    """What torch says today where an allocation fails."""

    def huge(output: Tensor, y: Tensor) -> Tensor:
        if len(y) > 6:
            torch.empty(2**60)
        return classes(output, y)

    model, (x, y) = network(), batch()
    result = GradientEngine(model, huge).clipped(x, y, 1.0)
    close(result.gradient, expected(model, classes, x, y).clipped(1.0))


def test_other_errors_are_not_of_memory() -> None:
    with pytest.raises(RuntimeError, match="not this time"):
        GradientEngine(network(), Memory(0, RuntimeError("not this time"))).clipped(*batch(), 1.0)
