"""Exact aggregation: everybody who computes it gets the same bits.

The mean of updates w_1..w_K with integer weights n_1..n_K is, for every number of a float32 tensor,

    (n_1 w_1 + n_2 w_2 + ... + n_K w_K) / (n_1 + ... + n_K)

A product of a float32 (24 bits) and an integer below 2^29 has 53 bits and is exact in float64, so
neither vector width nor fused multiply-add can change a bit. The sums are float64 and do round:
they are taken in the order given, which all parties must share (participants sorted by name).
What a strategy's server makes of the mean uses + - * / and the square root only, in float64. One
rounding to float32 ends it. Numbers are independent of each other, so how the work is cut into
blocks, and how many threads do it, cannot matter.

Tensors of integers and booleans (counters, masks) are not learnt: the base model's are kept.
Float32 tensors that are not trained (statistics of normalisation) are the plain mean.
"""

from weftwork.learning.aggregation.aggregate import aggregate
from weftwork.learning.aggregation.examination import Reason, Rejection, examine
from weftwork.learning.aggregation.layout import MAX_WEIGHT, Layout, Update

__all__ = ["MAX_WEIGHT", "Layout", "Reason", "Rejection", "Update", "aggregate", "examine"]
