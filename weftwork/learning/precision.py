"""Forward passes whose products are rounded more coarsely, which many processors do faster."""

from collections.abc import Callable

import torch
from torch import Tensor

from weftwork.config import Precision

__all__ = ["Forward", "rounded"]

# From samples (n, ...) to outputs (n, ...).
Forward = Callable[[Tensor], Tensor]


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
