"""What the node and its trainer say to each other: one JSON object a line, never pickle.

The worker says `Ready` once. Then, for each job line it answers any number of `Progress` and ends
with that job's result or a `Failure`. A private training says `Releasing` before its first noisy
step, and waits for the line `Booked`. Paths are the worker's to read; of what the node keeps it
writes `output`, `memory_to`, `checkpoint` and, once a task, the label counts beside the secret.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from provider_node.trainer.judgements import Judged, JudgeJob
from weftwork.config import Strict
from weftwork.errors import (
    ConfigError,
    DataError,
    DefectError,
    EnvironmentFaultError,
    IntegrityError,
    WeftworkError,
)
from weftwork.learning.aggregation.rules import RuleOptions, WeightedMean
from weftwork.learning.data import Schema, Source
from weftwork.learning.errors import (
    DivergedError,
    LostMemberError,
    ModelError,
    UnusableUpdateError,
    WeightsError,
)
from weftwork.learning.models import ModelSpec
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.privacy.parameters import Mode
from weftwork.learning.privacy.plan import Plan

# Longest line in either direction: an aggregation names each update in some 400 bytes.
MAX_LINE = 1 << 20


class PrivacyTerms(Strict):
    """How a training protects its samples: the plan, and the file of the task's secret.

    What the file holds: `weftwork.learning.privacy.kept`. `fallback`: layers that the engine has no
    rule for are trained all the same, slowly.
    """

    plan: Plan
    secret: Path
    noise: Literal["torch", "cryptographic"] = "torch"
    fallback: bool = False


class TrainJob(Strict):
    """Train `model` from the weights in `base` on `source`; write the update of `provider`.

    `memory` is what the strategies remembered of an earlier round (None: nothing), and `memory_to`
    where they are to remember this one. `cache` is a folder for what of the data does not fit into
    memory. `checkpoint` is a file to go on from after an interruption. `held_out` is what the
    models are measured on, for the owner alone.
    """

    kind: Literal["train"] = "train"
    provider: str
    model: ModelSpec
    training: TrainingParameters
    base: Path
    source: Source
    held_out: Source | None = None
    data_schema: Schema
    cache: Path | None = None
    seed: int = Field(ge=0, lt=1 << 63)
    round: int = Field(1, ge=1)
    gap: bool = False
    memory: Path | None = None
    memory_to: Path | None = None
    checkpoint: Path | None = None
    privacy: PrivacyTerms | None = None
    output: Path


class UpdateFile(Strict):
    """One update to aggregate, whose bytes are known to be those that were submitted."""

    participant: str
    path: Path
    samples: int


class AggregateJob(Strict):
    """Average `updates`, in this order, against `base`; write the new model.

    `rule` makes one of many; `training` says what the strategies make of that, among `participants`
    in all. Fails with `UnusableUpdateError` where one of them does not fit the task.
    """

    kind: Literal["aggregate"] = "aggregate"
    model: ModelSpec
    training: TrainingParameters
    base: Path
    updates: tuple[UpdateFile, ...]
    participants: int = Field(ge=1)
    rule: RuleOptions = WeightedMean()
    output: Path


class EvaluateJob(Strict):
    """Measure the weights on a data set in artifact form."""

    kind: Literal["evaluate"] = "evaluate"
    model: ModelSpec
    weights: Path
    validation: Path
    data_schema: Schema


class CountJob(Strict):
    """Read the whole of `source` as `data_schema` says, and count its samples."""

    kind: Literal["count"] = "count"
    source: Source
    data_schema: Schema
    cache: Path | None = None


class InspectJob(Strict):
    """Try whether `model` can be trained in a privacy `mode`, before anything is spent.

    `fallback` as in `PrivacyTerms`; `single`: some batch will be of one sample.
    """

    kind: Literal["inspect"] = "inspect"
    model: ModelSpec
    data_schema: Schema
    mode: Mode
    fallback: bool = False
    single: bool = False


class Ready(Strict):
    """The worker has imported torch and takes jobs."""

    kind: Literal["ready"] = "ready"
    torch: str
    device: str
    threads: int


class Progress(Strict):
    """Epoch `done` of `total` has ended."""

    kind: Literal["progress"] = "progress"
    done: int
    total: int


class Releasing(Strict):
    """What is noised next follows from `inputs`, a digest; the worker waits until it is booked."""

    kind: Literal["releasing"] = "releasing"
    inputs: str


class Booked(Strict):
    """The node's answer to `Releasing`: it is paid for."""

    kind: Literal["booked"] = "booked"


class Personal(Strict):
    """Scores in parts per million on the owner's held-out samples: of what came, and went out."""

    samples: int
    received_ppm: int
    own_ppm: int


class Trained(Strict):
    """What `output` holds, and what the training did.

    `samples`, `loss_micro` and `personal` are exact, and tell of the data: `personal` is for the
    node's owner alone, the others are in a private task. `report` may be shown to anyone.
    """

    kind: Literal["trained"] = "trained"
    digest: str
    size: int
    samples: int
    steps: int
    loss_micro: int
    report: dict[str, int]
    personal: Personal | None = None
    warnings: tuple[str, ...] = ()


class Aggregated(Strict):
    """What `output` holds."""

    kind: Literal["aggregated"] = "aggregated"
    digest: str
    size: int


class Evaluated(Strict):
    """Accuracy in parts per million; mean loss in millionths, -1 if it is not finite."""

    kind: Literal["evaluated"] = "evaluated"
    samples: int
    accuracy_ppm: int
    loss_micro: int


class Counted(Strict):
    """The data set can be read, and fits."""

    kind: Literal["counted"] = "counted"
    samples: int


class Inspected(Strict):
    """The model can be trained so."""

    kind: Literal["inspected"] = "inspected"


class Followed(Strict):
    """A follower has done its part of a training, whose result is the leader's to tell."""

    kind: Literal["followed"] = "followed"


class Failure(Strict):
    """The job failed; `error` is the name of one of `ERRORS`. Nothing in it is of the data.

    The worker ends after its `last` one.
    """

    kind: Literal["failure"] = "failure"
    error: str
    message: str
    last: bool = False


Job = Annotated[
    TrainJob | AggregateJob | EvaluateJob | JudgeJob | CountJob | InspectJob,
    Field(discriminator="kind"),
]
Result = Trained | Aggregated | Evaluated | Judged | Counted | Inspected | Followed
Reply = Annotated[
    Ready | Progress | Releasing | Result | Failure,
    Field(discriminator="kind"),
]

JOB: TypeAdapter[Job] = TypeAdapter(Job)
REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)

ERRORS: dict[str, type[WeftworkError]] = {
    error.__name__: error
    for error in (
        WeftworkError,
        ConfigError,
        DataError,
        DefectError,
        DivergedError,
        EnvironmentFaultError,
        IntegrityError,
        LostMemberError,
        ModelError,
        UnusableUpdateError,
        WeightsError,
    )
}


def failure_of(error: WeftworkError) -> Failure:
    """`error` as a message: under its own name, or that of its nearest ancestor in `ERRORS`.

    Without values of the data: whatever the node is told, it may log.
    """
    name = next(cls.__name__ for cls in type(error).__mro__ if cls.__name__ in ERRORS)
    message = error.without_values if isinstance(error, DataError) else str(error)
    return Failure(error=name, message=message)


def error_of(failure: Failure) -> WeftworkError:
    """The error that `failure` reports."""
    return ERRORS.get(failure.error, WeftworkError)(failure.message)
