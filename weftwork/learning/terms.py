"""What a task's definition says of learning."""

from dataclasses import dataclass

from weftwork.learning.data import Schema
from weftwork.learning.models import ModelSpec
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.privacy.parameters import PrivacyParameters

__all__ = ["Terms"]


@dataclass(frozen=True)
class Terms:
    """What is to be learnt, how, and from which data."""

    model: ModelSpec
    training: TrainingParameters
    privacy: PrivacyParameters
    schema: Schema
