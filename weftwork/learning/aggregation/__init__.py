"""Exact aggregation: everybody who computes it gets the same bits.

The mean of updates w_1..w_K with integer weights n_1..n_K is, for every number of a float32 tensor,

    (n_1 w_1 + n_2 w_2 + ... + n_K w_K) / (n_1 + ... + n_K)

A product of a float32 (24 bits) and an integer below 2^29 has 53 bits and is exact in float64, so
neither vector width nor fused multiply-add can change a bit. The sums are float64 and do round:
they are taken in the order given, which all parties must share (participants sorted by name).
What a strategy's server makes of the mean uses + - * / and the square root only, in float64. One
rounding to float32 ends it. Numbers are independent of each other, so how the work is cut into
blocks, and how many threads do it, cannot matter.

A task may choose another rule than the mean (`rules`), whose docstring is a specification as this
one is. Some measure distances, which are sums over all numbers: their order is defined, too
(`sums`). A rule is applied to each part of the updates by itself: to the trained weights; to the
float32 tensors that are not trained (statistics of normalisation); and to each upload (SCAFFOLD's
control variates), if the strategies' server takes a step. So what is wild in one part gives no
hold on another, and an update that Krum leaves out for its weights may still be in for its
statistics. The server steps from what the rule made of the weights and uploads; statistics stay as
the rule made them.

Tensors of integers and booleans (counters, masks) are not learnt: the base model's are kept.
"""

from weftwork.learning.aggregation.aggregate import aggregate
from weftwork.learning.aggregation.counts import capped
from weftwork.learning.aggregation.examination import Reason, Rejection, examine
from weftwork.learning.aggregation.layout import MAX_WEIGHT, Layout, Update
from weftwork.learning.aggregation.rules import Rule, RuleOptions

__all__ = [
    "MAX_WEIGHT",
    "Layout",
    "Reason",
    "Rejection",
    "Rule",
    "RuleOptions",
    "Update",
    "aggregate",
    "capped",
    "examine",
]
