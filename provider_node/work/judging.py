"""A member's part in the judgement: have the updates, score them, open the scores."""

import asyncio
from pathlib import Path

import structlog

from provider_node.entitlement import most_bytes
from provider_node.journal import Judgement
from provider_node.site import Site
from provider_node.steps import Collect, Judge, Reveal, SealScores
from provider_node.terms import Terms
from provider_node.trainer.judgements import JudgeJob, Signed, Submitted
from provider_node.view import View
from provider_node.work.fetching import in_time, take
from weftwork.errors import IntegrityError
from weftwork.learning.aggregation.counts import capped
from weftwork.learning.data import held_out
from weftwork.learning.parameters import training_seed
from weftwork.ledger.records import Artifact, OpenedScores, Score, SubmittedUpdate
from weftwork.sealing import new_salt, scores_hash

__all__ = ["collect", "judge", "reveal", "seal_scores"]

log = structlog.get_logger(__name__)

MAX_SCORE = 10**12  # of the ledger's integers


async def collect(site: Site, view: View, step: Collect) -> None:
    """Fetch a submitted update from its provider, or from another member that has it already.

    Raises `IntegrityError` where its provider gives other bytes than it submitted, or has submitted
    more than an update can have.
    """
    update = next(one for one in view.round.updates if one.participant == step.participant)
    if update.size > (most := most_bytes(view.task)):
        raise IntegrityError(
            f"the update of {step.participant} has {update.size} bytes; {most} at most are right"
        )
    artifact = Artifact(digest=update.digest, size=update.size)
    sources = [step.participant, *view.round.committee]
    async with in_time(view):
        await take(site, view.task.id, artifact, sources)
    await site.note(view.task.id, lambda old: old.with_received(step.round, update.digest))


async def seal_scores(site: Site, view: View, step: SealScores) -> None:
    """Be bound to the scores, before anybody can see them."""
    made = _judgement(view)
    scores = [one.model_dump() for one in made.scores]
    hash_ = scores_hash(view.task.id, step.round, step.term, site.me.name, made.salt, scores)
    await site.ledger.committees.seal_scores(view.task.id, step.round, step.term, hash_)
    log.info("scores sealed", term=step.term)


async def reveal(site: Site, view: View, step: Reveal) -> None:
    """Open the scores."""
    made = _judgement(view)
    opened = OpenedScores(salt=made.salt, scores=list(made.scores))
    await site.ledger.committees.reveal_scores(view.task.id, step.round, step.term, opened)
    log.info("scores revealed", term=step.term)


def _judgement(view: View) -> Judgement:
    if view.judgement is None:
        raise IntegrityError(f"round {view.round.round}: this node's scores are gone")
    return view.judgement


async def judge(site: Site, view: View, step: Judge) -> None:
    """Check and score the updates, and note that in the journal."""
    validation = view.validation
    at_hand = [one for one in view.round.updates if one.participant not in step.away]
    await site.verify(view.round.base, *at_hand, *([validation] if validation else []))
    if view.task.definition.validation and not validation:
        log.warning("judging without the task's validation data: they could not be had in time")
    job = await _job(site, view, step)
    async with site.trainers.leading() as trainer:
        judged = await trainer.judge(job)
    scores = tuple(
        Score(
            participant=one.participant,
            verdict=one.verdict,
            reason=one.reason,
            score_micro=max(-MAX_SCORE, min(one.score_micro, MAX_SCORE)),
        )
        for one in sorted(judged.verdicts, key=lambda one: one.participant)
    )
    judgement = Judgement(scores=scores, salt=new_salt())
    await site.note(view.task.id, lambda old: old.with_judgement(step.round, judgement))
    log.info(
        "judged", samples=judged.samples, scores={s.participant: s.score_micro for s in scores}
    )
    for one in judged.verdicts:
        if one.verdict == "rejected":
            log.warning("rejects", update=one.participant, reason=one.reason, detail=one.detail)


async def _job(site: Site, view: View, step: Judge) -> JudgeJob:
    """The updates in the order in which they were submitted, with the weights that they have."""
    definition, number = view.task.definition, view.round.round
    terms = await asyncio.to_thread(Terms.of, definition)
    joined = next(one.join for one in view.task.joined if one.participant == site.me.name)
    source = await site.offers.source(joined.data_type)
    # All can read the scores: of held-out data, too, a private task learns nothing exact.
    may_tell = terms.privacy.mode == "none" or "scores" in site.config.privacy.exact
    weights = capped([one.samples for one in view.round.updates], terms.cap_ratio)
    before = await _before(site, view)
    updates = [
        (one.submitted_at_ms, one.participant, _submitted(site, one, weight, step))
        for one, weight in zip(view.round.updates, weights, strict=True)
    ]
    return JudgeJob(
        task=view.task.id,
        round=number,
        judge=site.me.name,
        model=terms.model,
        training=terms.training,
        judging=terms.judging,
        base=site.store.path(view.round.base.digest),
        before=before,
        updates=tuple(one for *_, one in sorted(updates, key=lambda entry: entry[:2])),
        validation=site.store.path(view.validation.digest) if view.validation else None,
        held_out=held_out(source) if may_tell else None,
        data_schema=terms.schema,
        cache=site.offers.cache,
        # Of its own: what the others score on is drawn anew, and their median knows more.
        seed=training_seed(terms.training.seed, number, f"judging {site.me.name}"),
    )


def _submitted(site: Site, one: SubmittedUpdate, weight: int, step: Judge) -> Submitted:
    path = None if one.participant in step.away else site.store.path(one.digest)
    return Submitted(
        participant=one.participant,
        path=path,
        samples=weight,
        digest=one.digest,
        size=one.size,
        mismatch=one.participant in step.wrong,
        # Not with the certificate that the provider has by now: it may have been renewed.
        signed=Signed(key=one.key, signature=one.signature),
    )


async def _before(site: Site, view: View) -> Path | None:
    """The model before the base, if it is still here: it shows what the last round changed."""
    number = view.round.round - 1
    if number < 1:
        return None
    record = (await site.ledger.rounds.get(view.task.id, number)).record
    if record is None or not site.store.has(record.base_digest):
        return None
    return site.store.path(record.base_digest)
