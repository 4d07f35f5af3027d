"""Aggregation rules: one file each, chosen by a task. Needs no torch."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from weftwork.learning.aggregation.rules.clipped_mean import ClippedMean
from weftwork.learning.aggregation.rules.geometric_median import GeometricMedian
from weftwork.learning.aggregation.rules.median import Median
from weftwork.learning.aggregation.rules.multi_krum import MultiKrum
from weftwork.learning.aggregation.rules.rule import Rule
from weftwork.learning.aggregation.rules.trimmed_mean import TrimmedMean
from weftwork.learning.aggregation.rules.weighted_mean import WeightedMean

__all__ = [
    "ClippedMean",
    "GeometricMedian",
    "Median",
    "MultiKrum",
    "Rule",
    "RuleOptions",
    "TrimmedMean",
    "WeightedMean",
]


def _named(value: Any) -> Any:
    """`median` is short for `{name: median}`."""
    return {"name": value} if isinstance(value, str) else value


# What a task's aggregation may be; a new rule is its file and a line here.
RuleOptions = Annotated[
    WeightedMean | Median | TrimmedMean | MultiKrum | GeometricMedian | ClippedMean,
    Field(discriminator="name"),
    BeforeValidator(_named),
]
