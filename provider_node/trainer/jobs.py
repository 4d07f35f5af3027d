"""What each job does. Imports torch: only the worker imports this module."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from torch import nn

from provider_node.trainer.judge import judge
from provider_node.trainer.judgements import JudgeJob
from provider_node.trainer.personal import HeldOut
from provider_node.trainer.protocol import (
    Aggregated,
    AggregateJob,
    Counted,
    CountJob,
    Evaluated,
    EvaluateJob,
    Followed,
    Inspected,
    InspectJob,
    Job,
    Progress,
    Result,
    Trained,
    TrainJob,
)
from provider_node.trainer.tools import Tools
from weftwork.errors import IntegrityError
from weftwork.learning import aggregation, training
from weftwork.learning.aggregation import Update
from weftwork.learning.data import Dataset, dataset_from_path, load
from weftwork.learning.errors import UnusableUpdateError
from weftwork.learning.memory import Recalled, recall, remember
from weftwork.learning.privacy.kept import Kept
from weftwork.learning.privacy.secret import identity
from weftwork.learning.training import Execution, Participation, evaluate, for_evaluation
from weftwork.learning.training.inspection import require_trainable
from weftwork.learning.training.privacy import Privacy
from weftwork.learning.updates import layout_of, server_state, trainable_numbers, update_to_bytes
from weftwork.learning.weights import load_model

Say = Callable[[Progress], None]
Book = Callable[[str], None]


def perform(job: Job, tools: Tools, say: Say, book: Book) -> Result:
    """Do `job` and describe its result; raises `WeftworkError` for what its inputs get wrong.

    `book` returns once the node has paid for what is to be released of these inputs.
    """
    match job:
        case TrainJob():
            return _train(job, tools, say, book) if tools.rank == 0 else _follow(job, tools, book)
        case AggregateJob():
            return _aggregate(job)
        case EvaluateJob():
            return _evaluate(job, tools)
        case JudgeJob():
            return judge(job, tools)
        case CountJob():
            return Counted(samples=len(load(job.source, job.data_schema, job.cache)))
        case InspectJob():
            _inspect(job, tools)
            return Inspected()


@dataclass(frozen=True)
class Prepared:
    """All that a training reads."""

    job: TrainJob
    model: nn.Module
    dataset: Dataset
    recalled: Recalled
    participation: Participation
    privacy: Privacy | None

    @classmethod
    def of(cls, job: TrainJob, tools: Tools, book: Book) -> Self:
        """Read it."""
        privacy = _privacy(job, book)
        model = load_model(job.model, job.base, tools.device)
        recalled = recall(job.memory, trainable_numbers(model))
        participation = Participation(
            round=job.round,
            gap=job.gap,
            memory=recalled.memory,
            server=server_state(job.base, model, job.training.composition.state),
            checkpoint=job.checkpoint,
            identity=_identity(job, privacy),
        )
        dataset = load(job.source, job.data_schema, job.cache)
        return cls(job, model, dataset, recalled, participation, privacy)

    def train(self, execution: Execution, say: Say | None) -> training.Trained:
        """Train the model in place."""
        return training.train(
            self.model,
            self.job.training,
            self.dataset,
            seed=self.job.seed,
            schema=self.job.data_schema,
            participation=self.participation,
            privacy=self.privacy,
            execution=execution,
            on_epoch=(lambda done, total: say(Progress(done=done, total=total))) if say else None,
        )


def _train(job: TrainJob, tools: Tools, say: Say, book: Book) -> Trained:
    prepared = Prepared.of(job, tools, book)
    held_out = HeldOut.of(job, prepared.model, tools.means.physical_batch)
    with tools.together(job) as execution:
        trained = prepared.train(execution, say)
    if job.memory_to:
        remember(job.memory_to, trained.memory)
    content = update_to_bytes(prepared.model, trained.uploads, trained.arena, job.provider)
    job.output.write_bytes(content)
    digest, size = _settle(job.output)
    return Trained(
        digest=digest,
        size=size,
        samples=trained.samples,
        steps=trained.steps,
        loss_micro=trained.loss_micro,
        report=trained.report,
        personal=held_out.with_own(prepared.model) if held_out else None,
        warnings=(*prepared.recalled.warnings, *trained.warnings),
    )


def _follow(job: TrainJob, tools: Tools, book: Book) -> Followed:
    """The same training, on this process's share of each batch; what comes of it is the leader's.

    The leader has read all of it before, and pays for it: nothing is booked or written here.
    """
    prepared = Prepared.of(job, tools, book)
    with tools.together(job) as execution:
        prepared.train(execution, None)
    return Followed()


def _privacy(job: TrainJob, book: Book) -> Privacy | None:
    terms = job.privacy
    if terms is None:
        return None
    kept = Kept.load(terms.secret)
    if kept is None:
        raise IntegrityError(f"{terms.secret}: the task's secret is gone")
    return Privacy(
        terms.plan,
        kept.secret,
        source=terms.noise,
        fallback=terms.fallback,
        kept=terms.secret,
        book=book,
    )


def _identity(job: TrainJob, privacy: Privacy | None) -> str:
    """What the job says of the bits of its training, and which secret it has.

    Where the results go, and what they are measured on, is no part of it.
    """
    content = job.model_dump_json(exclude={"output", "memory_to", "checkpoint", "held_out"})
    content += identity(privacy.secret) if privacy else ""
    return hashlib.sha256(content.encode()).hexdigest()


def _aggregate(job: AggregateJob) -> Aggregated:
    composition = job.training.composition
    layout = layout_of(job.model, composition)
    updates = [Update(one.participant, one.path, one.samples) for one in job.updates]
    for update in updates:  # a member that judged none of them relies on the others' verdicts
        if found := aggregation.examine(job.base, update, layout):
            raise UnusableUpdateError(f"{found.participant}: {found.reason}, {found.detail}")
    aggregation.aggregate(
        job.base,
        updates,
        job.output,
        layout=layout,
        server=composition.server(),
        participants=job.participants,
        rule=job.rule,
    )
    digest, size = _settle(job.output)
    return Aggregated(digest=digest, size=size)


def _evaluate(job: EvaluateJob, tools: Tools) -> Evaluated:
    dataset = dataset_from_path(job.validation, job.data_schema)
    model = for_evaluation(load_model(job.model, job.weights, tools.device))
    objective, physical_batch = job.data_schema.objective, tools.means.physical_batch
    result = evaluate(model, dataset, objective, physical_batch=physical_batch)
    return Evaluated(
        samples=result.samples,
        accuracy_ppm=result.accuracy_ppm,
        loss_micro=result.loss_micro,
    )


def _inspect(job: InspectJob, tools: Tools) -> None:
    require_trainable(
        job.model,
        job.data_schema,
        job.mode,
        fallback=job.fallback,
        single=job.single,
        device=tools.device,
        precision=tools.means.precision,
    )


def _settle(path: Path) -> tuple[str, int]:
    """Put `path` safely on disk; its SHA-256 and size."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
