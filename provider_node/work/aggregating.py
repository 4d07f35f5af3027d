"""A member's part in the aggregate: compute it, be bound to its digest, open it, commit."""

import asyncio
from pathlib import Path

import structlog

from provider_node.journal import MadeAggregate
from provider_node.site import Site
from provider_node.steps import Attest, Propose, Seal
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
from weftwork.errors import DataError, IntegrityError
from weftwork.ledger.records import OpenedAttestation, Proposal
from weftwork.sealing import attestation_hash, new_salt
from weftwork.units import MILLION

__all__ = ["aggregate", "attest", "commit", "propose", "seal"]

log = structlog.get_logger(__name__)


async def aggregate(site: Site, view: View) -> None:
    """Compute the aggregate of the accepted updates, measure it, and note both in the journal."""
    parts = tuple(view.round.accepted)
    digests = {one.participant: one for one in view.round.updates}
    validation = view.validation
    updates = [digests[one.participant] for one in parts]
    await site.verify(view.round.base, *updates, *([validation] if validation else []))
    async with site.trainers.leading() as trainer:
        with site.scratch_file() as output:
            job = await asyncio.to_thread(_job, site, view, output)
            result = await trainer.aggregate(job)
            await site.keep(output)
        measured = await _measure(site, view, result, trainer)
    made = MadeAggregate(
        parts=parts,
        digest=result.digest,
        size=result.size,
        accuracy_ppm=measured.accuracy_ppm if measured else -1,
        metrics=_metrics(measured),
        salt=new_salt(),
    )
    await site.note(view.task.id, lambda old: old.with_aggregate(view.round.round, made))
    log.info(
        "aggregated",
        of=[one.participant for one in parts],
        rejected=[f"{one.participant}: {one.reason}" for one in view.round.rejected],
        accuracy=round(made.accuracy_ppm / MILLION, 4),
        model=made.digest,
    )


def _metrics(measured: Evaluated | None) -> dict[str, int]:
    if measured is None:
        return {}
    return {"loss_micro": measured.loss_micro, "samples": measured.samples}


def _job(site: Site, view: View, output: Path) -> AggregateJob:
    """The accepted updates in the order of their providers' names, with the ledger's weights."""
    submitted = {one.participant: one for one in view.round.updates}
    files = tuple(
        UpdateFile(
            participant=one.participant,
            path=site.store.path(submitted[one.participant].digest),
            samples=one.weight,
        )
        for one in view.round.accepted
    )
    terms = Terms.of(view.task.definition)
    return AggregateJob(
        model=terms.model,
        training=terms.training,
        base=site.store.path(view.round.base.digest),
        updates=files,
        participants=len(view.task.participants),
        rule=terms.rule,
        output=output,
    )


async def _measure(
    site: Site, view: View, result: Aggregated, trainer: TrainerProcess
) -> Evaluated | None:
    """Accuracy on the task's validation data; None where it has none that can be had and read."""
    validation = view.validation
    if validation is None:
        if view.task.definition.validation:
            log.warning("not measured: the task's validation data could not be had in time")
        return None
    terms = Terms.of(view.task.definition)
    job = EvaluateJob(
        model=terms.model,
        weights=site.store.path(result.digest),
        validation=site.store.path(validation.digest),
        data_schema=terms.schema,
    )
    try:
        return await trainer.evaluate(job)
    except DataError as error:  # the requester's fault: no member must miss its part for it
        log.warning("not measured on the task's validation data", reason=str(error))
        return None


async def seal(site: Site, view: View, step: Seal) -> None:
    """Be bound to the digest, before the leader's can be seen."""
    made = _made(view)
    hash_ = attestation_hash(
        view.task.id, step.round, step.term, site.me.name, made.salt, made.digest, made.size
    )
    await site.ledger.committees.seal_attestation(view.task.id, step.round, step.term, hash_)
    log.info("sealed", term=step.term)


async def propose(site: Site, view: View, step: Propose) -> None:
    """Propose what was computed; a repetition proposes the same."""
    made = _made(view)
    proposal = Proposal(
        term=step.term,
        digest=made.digest,
        size=made.size,
        accuracy_ppm=made.accuracy_ppm,
        metrics=made.metrics,
    )
    receipt = await site.ledger.rounds.propose_aggregate(view.task.id, step.round, proposal)
    log.info("proposed", outcome=receipt.outcome, transaction=receipt.transaction_id)


async def attest(site: Site, view: View, step: Attest) -> None:
    """Open the digest and the size."""
    made = _made(view)
    opened = OpenedAttestation(
        salt=made.salt, digest=made.digest, size=made.size, accuracy_ppm=made.accuracy_ppm
    )
    await site.ledger.committees.attest_aggregate(view.task.id, step.round, step.term, opened)
    proposal = view.round.term.proposal if view.round.term else None
    own = (made.digest, made.size)
    if proposal and (theirs := (proposal.digest, proposal.size)) != own:
        log.error("the leader's aggregate is wrong", proposed=theirs, own=own)
    else:
        log.info("attested", term=step.term, model=made.digest)


async def commit(site: Site, view: View) -> None:
    """Commit the proposal that a quorum attests, whoever of the committee comes first."""
    proposal = view.round.term.proposal if view.round.term else None
    if proposal is None:
        return
    receipt = await site.ledger.rounds.commit(view.task.id, view.round.round, proposal.digest)
    log.info("committed", outcome=receipt.outcome, transaction=receipt.transaction_id)


def _made(view: View) -> MadeAggregate:
    if view.aggregate is None:
        raise IntegrityError(f"round {view.round.round}: this node's aggregate is gone")
    return view.aggregate
