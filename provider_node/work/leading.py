"""The leader's part of a round: collect, aggregate and measure, propose, commit, finish."""

import asyncio
from pathlib import Path

import structlog

from provider_node.entitlement import most_bytes
from provider_node.journal import Shortage
from provider_node.site import Site
from provider_node.steps import Aggregate, Collect
from provider_node.terms import Terms
from provider_node.trainer import (
    Aggregated,
    AggregateJob,
    Evaluated,
    EvaluateJob,
    TrainerProcess,
    UpdateFile,
)
from provider_node.view import View
from provider_node.work.fetching import take
from weftwork.errors import DataError
from weftwork.learning.errors import TooFewUpdatesError
from weftwork.ledger.records import Artifact, Proposal, Rejection, SubmittedUpdate
from weftwork.units import MILLION

__all__ = ["aggregate", "collect", "commit", "finalize", "propose"]

log = structlog.get_logger(__name__)

UNAVAILABLE = "unavailable"  # submitted, but its bytes could not be had


async def collect(site: Site, view: View, step: Collect) -> None:
    """Fetch a submitted update from its provider.

    Raises `DataError` where the ledger has it larger than an update can be.
    """
    update = next(one for one in view.round.updates if one.participant == step.participant)
    if update.size > most_bytes(view.task):
        raise DataError(f"the update of {step.participant} is too large: {update.size} bytes")
    artifact = Artifact(digest=update.digest, size=update.size)
    await take(site, view.task.id, artifact, [step.participant])


async def aggregate(site: Site, view: View, step: Aggregate) -> None:
    """Average the updates that can be had, measure the result, and note both in the journal.

    Where too few are usable, that is noted instead: the round waits for what may still come.
    """
    updates = [one for one in view.round.updates if one.participant not in step.away]
    validation = view.task.definition.validation
    await site.verify(view.round.base, *updates, *([validation] if validation else []))
    try:
        async with site.trainers.leading() as trainer:
            with site.scratch_file() as output:
                job = await asyncio.to_thread(_job, site, view, updates, output)
                result = await trainer.aggregate(job)
                await site.keep(output)
            measured = await _measure(site, view, result, trainer)
    except TooFewUpdatesError as error:
        short = Shortage(judged=view.at_hand, needed=view.needed)
        await site.note(view.task.id, lambda old: old.with_shortage(step.round, short))
        log.error("no aggregate", reason=str(error), remedy="the requester can cancel the task")
        return
    proposal = _proposal(result, step.away, measured)
    await site.note(view.task.id, lambda old: old.with_proposal(step.round, proposal))
    log.info(
        "aggregated",
        accepted=len(proposal.accepted),
        rejected=[f"{one.participant}: {one.reason}" for one in proposal.rejected],
        accuracy=round(proposal.accuracy_ppm / MILLION, 4),
        model=proposal.digest,
    )


def _job(site: Site, view: View, updates: list[SubmittedUpdate], output: Path) -> AggregateJob:
    """The updates in the order of their providers' names."""
    files = tuple(
        UpdateFile(
            participant=one.participant,
            path=site.store.path(one.digest),
            samples=one.samples,
            digest=one.digest,
        )
        for one in sorted(updates, key=lambda one: one.participant)
    )
    terms = Terms.of(view.task.definition)
    return AggregateJob(
        model=terms.model,
        training=terms.training,
        base=site.store.path(view.round.base.digest),
        updates=files,
        participants=len(view.task.participants),
        at_least=view.needed,
        output=output,
    )


async def _measure(
    site: Site, view: View, result: Aggregated, trainer: TrainerProcess
) -> Evaluated | None:
    """Accuracy on the task's validation data; None where it has none."""
    definition = view.task.definition
    if definition.validation is None:
        return None
    terms = Terms.of(definition)
    return await trainer.evaluate(
        EvaluateJob(
            model=terms.model,
            weights=site.store.path(result.digest),
            validation=site.store.path(definition.validation.digest),
            data_schema=terms.schema,
        )
    )


def _proposal(result: Aggregated, away: frozenset[str], measured: Evaluated | None) -> Proposal:
    rejected = [Rejection(participant=r.participant, reason=r.reason) for r in result.rejected]
    rejected += [Rejection(participant=name, reason=UNAVAILABLE) for name in away]
    metrics = {"loss_micro": measured.loss_micro, "samples": measured.samples} if measured else {}
    return Proposal(
        digest=result.digest,
        size=result.size,
        accuracy_ppm=measured.accuracy_ppm if measured else -1,
        accepted=sorted(result.accepted),
        rejected=sorted(rejected, key=lambda one: one.participant),
        metrics=metrics,
    )


async def propose(site: Site, view: View) -> None:
    """Propose what was aggregated; a repetition proposes the same."""
    if view.aggregate is None:
        return
    number = view.round.round
    receipt = await site.ledger.rounds.propose_aggregate(view.task.id, number, view.aggregate)
    log.info("proposed", outcome=receipt.outcome, transaction=receipt.transaction_id)


async def commit(site: Site, view: View) -> None:
    """Commit the proposal that is on the ledger, whoever of this round's leaders made it."""
    proposal = view.round.proposal
    if proposal is None:
        return
    number = view.round.round
    receipt = await site.ledger.rounds.commit(view.task.id, number, proposal.digest)
    log.info("committed", outcome=receipt.outcome, transaction=receipt.transaction_id)


async def finalize(site: Site, view: View) -> None:
    """Finish the task."""
    receipt = await site.ledger.rounds.finalize(view.task.id)
    log.info("finished", outcome=receipt.outcome, transaction=receipt.transaction_id)
