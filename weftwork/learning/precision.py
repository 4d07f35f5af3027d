"""How what goes into products is rounded: as the owner of a machine says, and no more than that."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from weftwork.config import Precision

__all__ = ["Forward", "rounded", "without_tf32"]

# From samples (n, ...) to outputs (n, ...).
Forward = Callable[[Tensor], Tensor]


@contextmanager
def without_tf32() -> Iterator[None]:
    """Inside, float32 is float32 on a GPU too; afterwards it is what it was.

    torch lets cuDNN round what goes into convolutions and recurrences to 11 significant bits: sums
    of clipped gradients would be off by more than the norms that they were clipped by.
    """
    dnn, products = torch.backends.cudnn, torch.backends.cuda.matmul
    before = dnn.allow_tf32, products.allow_tf32
    dnn.allow_tf32 = products.allow_tf32 = False
    try:
        yield
    finally:
        dnn.allow_tf32, products.allow_tf32 = before


def rounded(forward: Forward, precision: Precision) -> Forward:
    """`forward` by torch's autocast; what it gives is float32, as are the weights it reads.

    `bfloat16` rounds what goes into products to 8 significant bits, there and in the backward pass.
    """
    if precision == "float32":
        return forward

    def run(x: Tensor) -> Tensor:
        # Without the cache of rounded weights, which knows nothing of weights under a vmap.
        with torch.autocast(x.device.type, torch.bfloat16, cache_enabled=False):
            return forward(x).float()

    return run
