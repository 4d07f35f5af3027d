"""What each job does. Imports torch: only the worker imports this module."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from provider_node.trainer.protocol import (
    Aggregated,
    AggregateJob,
    Counted,
    CountJob,
    Evaluated,
    EvaluateJob,
    Job,
    Progress,
    Rejected,
    Result,
    Trained,
    TrainJob,
)
from weftwork.learning import aggregation
from weftwork.learning.aggregation import Update
from weftwork.learning.data import dataset_from_path, load
from weftwork.learning.errors import TooFewUpdatesError
from weftwork.learning.training import evaluate, train
from weftwork.learning.weights import load_model, to_bytes

Say = Callable[[Progress], None]


def perform(job: Job, device: str, say: Say) -> Result:
    """Do `job` and describe its result; raises `WeftworkError` for what its inputs get wrong."""
    match job:
        case TrainJob():
            return _train(job, device, say)
        case AggregateJob():
            return _aggregate(job)
        case EvaluateJob():
            return _evaluate(job, device)
        case CountJob():
            return Counted(samples=len(load(job.source, job.data_schema)))


def _train(job: TrainJob, device: str, say: Say) -> Trained:
    dataset = load(job.source, job.data_schema)
    model = load_model(job.model, job.base, device)
    metrics = train(
        model,
        job.training,
        dataset,
        seed=job.seed,
        on_epoch=lambda done, total: say(Progress(done=done, total=total)),
    )
    job.output.write_bytes(to_bytes(model))
    digest, size = _settle(job.output)
    return Trained(
        digest=digest,
        size=size,
        samples=metrics.samples,
        steps=metrics.steps,
        loss_micro=metrics.loss_micro,
    )


def _aggregate(job: AggregateJob) -> Aggregated:
    accepted, rejected = [], []
    for file in job.updates:
        update = Update(file.participant, file.path, file.samples, file.digest)
        verdict = aggregation.examine(job.base, update)
        if verdict is None:
            accepted.append(update)
        else:
            rejected.append(
                Rejected(
                    participant=verdict.participant,
                    reason=verdict.reason.value,
                    detail=verdict.detail,
                )
            )
    if len(accepted) < job.at_least:
        reasons = "; ".join(f"{one.participant}: {one.reason}, {one.detail}" for one in rejected)
        raise TooFewUpdatesError(
            f"{len(accepted)} of {len(job.updates)} updates are usable, at least"
            f" {job.at_least} needed: {reasons}"
        )
    aggregation.average(job.base, accepted, job.output)
    digest, size = _settle(job.output)
    names = tuple(update.participant for update in accepted)
    return Aggregated(digest=digest, size=size, accepted=names, rejected=tuple(rejected))


def _evaluate(job: EvaluateJob, device: str) -> Evaluated:
    dataset = dataset_from_path(job.validation, job.data_schema)
    result = evaluate(load_model(job.model, job.weights, device), dataset)
    return Evaluated(
        samples=result.samples,
        accuracy_ppm=result.accuracy_ppm,
        loss_micro=result.loss_micro,
    )


def _settle(path: Path) -> tuple[str, int]:
    """Put `path` safely on disk; its SHA-256 and size."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
