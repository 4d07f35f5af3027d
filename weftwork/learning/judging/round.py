"""What a member is given to judge, and what it says of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from weftwork.learning.aggregation import Layout, Reason
from weftwork.learning.data import Dataset, Objective
from weftwork.learning.judging.parameters import LeaveOneOut, Shapley
from weftwork.learning.models import ModelSpec

__all__ = ["Round", "Score", "Signature", "Submission"]


@dataclass(frozen=True)
class Signature:
    """What shows that a submission is its provider's: see `weftwork.signing.verify_update`."""

    key: str
    task: str
    round: int
    signature: str


@dataclass(frozen=True)
class Submission:
    """An update as it was submitted; `path` is None where its bytes could not be had.

    Then they did not come in time or, if `mismatch`, they were not those that were submitted.
    `samples` is its weight in the mean, capped already. `digest`, `size` (bytes) and `signature`
    are checked where they are given.
    """

    participant: str
    path: Path | None
    samples: int
    digest: str | None = None
    signature: Signature | None = None
    size: int | None = None
    mismatch: bool = False


@dataclass(frozen=True)
class Round:
    """One round, from the place of the member `judge`.

    `submissions` are in the order in which they were submitted, equal times by name. `base` is the
    model that all of them started from, `before` the one before that (None: there is none). `data`
    is what the member scores on (`samples.chosen`), None where it has none. `seed` decides the
    orders of a Shapley estimate.
    """

    base: Path
    submissions: tuple[Submission, ...]
    judge: str
    spec: ModelSpec
    layout: Layout
    objective: Objective = Objective.CLASSIFICATION
    before: Path | None = None
    data: Dataset | None = None
    contribution: LeaveOneOut | Shapley = field(default_factory=LeaveOneOut)
    seed: int = 0


@dataclass(frozen=True)
class Score:
    """A member's verdict on one update; `detail` is for people.

    `score_micro` is what the update adds, in millionths of mean loss on the member's data; 0 where
    it was not measured.
    """

    participant: str
    verdict: Literal["accepted", "rejected"]
    reason: Reason | Literal[""]
    score_micro: int
    detail: str
