"""What a task's definition says of learning."""

from dataclasses import dataclass, field

from weftwork.learning.aggregation.rules import Rule, WeightedMean
from weftwork.learning.data import Schema
from weftwork.learning.judging.parameters import JudgingParameters
from weftwork.learning.models import ModelSpec
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.privacy.parameters import PrivacyParameters

__all__ = ["Terms"]


@dataclass(frozen=True)
class Terms:
    """What is to be learnt, how, and from which data; how updates become one, and are judged.

    No update weighs more than `cap_ratio` times the median count of samples.
    """

    model: ModelSpec
    training: TrainingParameters
    privacy: PrivacyParameters
    schema: Schema
    rule: Rule = field(default_factory=WeightedMean)
    cap_ratio: int = 2
    judging: JudgingParameters = field(default_factory=JudgingParameters)
