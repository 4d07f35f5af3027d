"""Batches as the accountants assume them: each sample is in, or not, by a coin of its own."""

import math

import torch
from torch import Tensor

from weftwork.learning.privacy.noise import Noise

__all__ = ["poisson_rows"]


def poisson_rows(samples: int, rate: float, noise: Noise) -> Tensor:
    """The rows of a batch, of 0 to `samples` - 1: int64, ascending, on the CPU; there may be none.

    Each is in with probability `rate`, independently. What is drawn are the gaps between rows that
    are in, which are geometric: the work is that of the batch, not of the data set.
    """
    if rate >= 1:
        return torch.arange(samples)
    scale = 1 / math.log1p(-rate)
    rows = torch.tensor([-1.0], dtype=torch.float64)  # exact up to 2^53
    expected = samples * rate
    chunk = 8 + int(expected + 4 * math.sqrt(expected))  # nearly always enough
    while rows[-1] < samples:
        gaps = (noise.uniform(chunk).neg().log1p_() * scale).floor_().add_(1)
        rows = torch.cat((rows, rows[-1] + gaps.cumsum(0)))
    return rows[(rows >= 0) & (rows < samples)].long()
