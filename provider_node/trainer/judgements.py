"""What the node and its trainer say to each other when a committee's member judges a round."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from weftwork.config import Strict
from weftwork.learning.data import Schema, Source
from weftwork.learning.judging.parameters import JudgingParameters
from weftwork.learning.models import ModelSpec
from weftwork.learning.parameters import TrainingParameters

__all__ = ["JudgeJob", "Judged", "Signed", "Submitted", "Verdict"]


class Signed(Strict):
    """An update's signature, and the key to check it with, both as the ledger has them (base64)."""

    key: str
    signature: str


class Submitted(Strict):
    """One update to judge; `path` is None where its bytes could not be had.

    Then they did not come in time or, if `mismatch`, they were not those that were submitted.
    `samples` is its weight in the mean, capped already. `digest`, `size` (bytes) and `signed` are
    checked where they are given.
    """

    participant: str
    path: Path | None
    samples: int
    digest: str | None = None
    signed: Signed | None = None
    size: int | None = None
    mismatch: bool = False


class JudgeJob(Strict):
    """Judge a round's `updates`, in order of submission, as the committee's member `judge`.

    `base` is the model that they started from, `before` the one before that. They are scored on the
    task's `validation` artifact and on `held_out`, what the member holds out of its own data, at
    most a few hundred samples chosen by `seed`, fewer where they would cost much beside the
    training (`affordable`); what cannot be read is left out, and without either there is a
    verdict, and no score.
    """

    kind: Literal["judge"] = "judge"
    task: str
    round: int = Field(ge=1)
    judge: str
    model: ModelSpec
    training: TrainingParameters
    judging: JudgingParameters = JudgingParameters()
    base: Path
    before: Path | None = None
    updates: tuple[Submitted, ...]
    validation: Path | None = None
    held_out: Source | None = None
    data_schema: Schema
    cache: Path | None = None
    seed: int = Field(ge=0, lt=1 << 63)


class Verdict(Strict):
    """What a member says of one update; `reason` is a stable word, empty where it is accepted.

    `score_micro` is what the update adds, in millionths of mean loss. `detail` is for people.
    """

    participant: str
    verdict: Literal["accepted", "rejected"]
    reason: str
    score_micro: int
    detail: str


class Judged(Strict):
    """A verdict on every update but the judge's own, in the order of the job.

    `samples` is how many they were scored on; 0: there was no data.
    """

    kind: Literal["judged"] = "judged"
    samples: int
    verdicts: tuple[Verdict, ...]
