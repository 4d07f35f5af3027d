"""What a committee's member says of a round's updates. Imports torch: only the worker does."""

import logging
from statistics import median_low

from provider_node.trainer.judgements import Judged, JudgeJob, Submitted, Verdict
from provider_node.trainer.protocol import failure_of
from provider_node.trainer.tools import Tools
from weftwork.errors import WeftworkError
from weftwork.learning.data import Dataset, dataset_from_path, load
from weftwork.learning.judging import judge as rounds
from weftwork.learning.judging.round import Round, Score, Signature, Submission
from weftwork.learning.judging.samples import affordable, chosen
from weftwork.learning.updates import layout_of

__all__ = ["judge"]

log = logging.getLogger("trainer")

FLOAT32 = 4  # bytes


def judge(job: JudgeJob, tools: Tools) -> Judged:
    """A verdict on each; raises what a round's models get wrong."""
    data = chosen((_validation(job), _held_out(job)), job.seed, _at_most(job))
    round = Round(
        base=job.base,
        before=job.before,
        submissions=tuple(_submission(job, one) for one in job.updates),
        judge=job.judge,
        spec=job.model,
        layout=layout_of(job.model, job.training.composition),
        objective=job.data_schema.objective,
        data=data,
        contribution=job.judging.contribution,
        seed=job.seed,
    )
    scores = rounds.judge(round, device=tools.device, physical_batch=tools.means.physical_batch)
    return Judged(samples=len(data) if data else 0, verdicts=tuple(map(_verdict, scores)))


def _at_most(job: JudgeJob) -> int:
    """Samples to score on, by what the round's training cost its median provider."""
    samples = median_low([one.samples for one in job.updates] or [1])
    size = job.base.stat().st_size if job.base.exists() else 0  # what is missing is told later
    weights = max(1, size // FLOAT32)
    return affordable(len(job.updates), weights, job.training.local_epochs * samples)


def _validation(job: JudgeJob) -> Dataset | None:
    """None also where it cannot be read: it is the requester's fault, and no member's."""
    if job.validation is None:
        return None
    try:
        return dataset_from_path(job.validation, job.data_schema)
    except WeftworkError as error:
        said = failure_of(error).message
        log.warning("nothing is judged on the task's validation data: %s", said)
        return None


def _held_out(job: JudgeJob) -> Dataset | None:
    """None also where it cannot be read: no reason not to judge."""
    if job.held_out is None:
        return None
    try:
        return load(job.held_out, job.data_schema, job.cache)
    except WeftworkError as error:
        said = failure_of(error).message  # without values of the data: this is the node's log
        log.warning("nothing is judged on the held-out part: %s", said)
        return None


def _submission(job: JudgeJob, one: Submitted) -> Submission:
    signature = None
    if one.signed:
        signature = Signature(one.signed.key, job.task, job.round, one.signed.signature)
    return Submission(
        one.participant, one.path, one.samples, one.digest, signature, one.size, one.mismatch
    )


def _verdict(score: Score) -> Verdict:
    return Verdict(
        participant=score.participant,
        verdict=score.verdict,
        reason=score.reason,
        score_micro=score.score_micro,
        detail=score.detail,
    )
