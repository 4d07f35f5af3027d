"""The task file: what a requester writes. Reference: docs/reference/task-file.md."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from requester_cli.consistency import Consistency
from weftwork.config import Strict, load_yaml
from weftwork.learning.aggregation.rules import RuleOptions, WeightedMean
from weftwork.learning.data import Dataset, Schema, Source
from weftwork.learning.judging.parameters import Contribution, LeaveOneOut
from weftwork.learning.models import ModelSpec
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.names import Name
from weftwork.units import MILLION


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("must be one line without tabs")
    return text


def _whole_ppm(fraction: Decimal) -> Decimal:
    if fraction * MILLION % 1:
        raise ValueError("must have at most six decimals")
    return fraction


# All bounds here are the ledger's own, or within them: it refuses nothing that this file may say.
MONTH = 30 * 24 * 3600  # seconds
MAX_REWARD = 10**12  # what one deposit can be

Line = Annotated[str, AfterValidator(_one_line)]
# A decimal is compared before it is multiplied, which takes one of moderate size.
Fraction = Annotated[Decimal, Field(ge=0, le=1), AfterValidator(_whole_ppm)]


class DataSection(Strict):
    """What data a provider must hold."""

    schema_: Schema = Field(alias="schema")


class ValidationSection(Strict):
    """A small public set; accuracy on it is what a round's record shows."""

    source: Source


class ParticipantsSection(Strict):
    """How many providers may take part, and how long they may take to join."""

    min: int = Field(ge=1, le=256)
    max: int = Field(ge=1, le=256)
    join_seconds: int = Field(ge=0, le=MONTH)


class RewardSection(Strict):
    """What the requester offers, in minor units."""

    amount: int = Field(ge=0, le=MAX_REWARD)
    unit: Name


class FeesSection(Strict):
    """What those who decide a round have of its pot; providers share the rest by contribution."""

    committee: Fraction = Field(Decimal("0.1"), description="shared by the members")
    leader: Fraction = Decimal("0.05")


class GovernanceSection(Strict):
    """How the task's rounds are decided."""

    committee: int = Field(3, ge=1, le=15, description="at most as many as take part")
    stage_seconds: int = Field(120, ge=1, le=MONTH, description="for each step of the committee")
    contribution: Contribution = LeaveOneOut()
    fees: FeesSection = FeesSection()


class AggregationSection(Strict):
    """How the updates become one model."""

    rule: RuleOptions = WeightedMean()
    cap_ratio: int = Field(
        2, ge=1, le=1000, description="no update weighs more than this times the median count"
    )


class TaskFile(Strict):
    """One task. Numbers with decimals are kept exactly as written."""

    name: Name = Field(max_length=56, description="the task's id is this and six random digits")
    title: Line = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=4000)
    purpose: str = Field(min_length=1, max_length=1000)
    model: ModelSpec
    training: TrainingParameters
    privacy: PrivacyParameters = PrivacyParameters()
    data: DataSection
    validation: ValidationSection | None = None
    usage_rules: str = Field(min_length=1, max_length=16_000)
    participants: ParticipantsSection
    round_seconds: int = Field(ge=1, le=MONTH)
    target_accuracy: Fraction = Decimal(0)
    reward: RewardSection = RewardSection(amount=0, unit="credit")
    governance: GovernanceSection = GovernanceSection()
    aggregation: AggregationSection = AggregationSection()
    archive: Name | None = None


def read(path: Path) -> tuple[TaskFile, Dataset | None]:
    """The task in `path` and its validation data; `ConfigError` lists every mistake at once."""
    consistency = Consistency()
    return load_yaml(path, TaskFile, consistency.check), consistency.validation
