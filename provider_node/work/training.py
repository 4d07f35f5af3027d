"""A provider's part of a round: train, push the update to the leader, submit its digest."""

from pathlib import Path

import structlog

from provider_node.journal import MadeUpdate
from provider_node.site import Site
from provider_node.steps import Push
from provider_node.terms import Terms
from provider_node.trainer import Progress, TrainJob
from provider_node.view import View
from weftwork.artifacts import Header, Kind
from weftwork.learning.parameters import training_seed
from weftwork.ledger.records import Artifact, Update

__all__ = ["push", "submit", "train"]

log = structlog.get_logger(__name__)

PUSH_SECONDS = 10.0


async def train(site: Site, view: View) -> None:
    """Train from the round's base; sign the result and note it in the journal.

    Interrupted, it starts again from the same base with the same seed.
    """
    await site.verify(view.round.base)
    with site.scratch_file() as output:
        async with site.trainers.training() as trainer:
            trained = await trainer.train(_job(site, view, output), _log_progress)
        artifact = await site.keep(output)
    number = view.round.round
    update = Update(
        digest=artifact.digest,
        size=artifact.size,
        samples=trained.samples,
        base_digest=view.round.base.digest,
        signature=site.ledger.sign_update(view.task.id, number, artifact.digest),
        metrics={"loss_micro": trained.loss_micro, "steps": trained.steps},
    )
    await site.note(view.task.id, lambda old: old.with_update(number, MadeUpdate(update=update)))
    log.info("trained", samples=trained.samples, steps=trained.steps, update=artifact.digest)


def _job(site: Site, view: View, output: Path) -> TrainJob:
    terms = Terms.of(view.task.definition)
    return TrainJob(
        model=terms.model,
        training=terms.training,
        base=site.store.path(view.round.base.digest),
        source=site.offers.named(_joined_with(view)).source,
        data_schema=terms.schema,
        seed=training_seed(terms.training.seed, view.round.round, site.me.name),
        output=output,
    )


def _joined_with(view: View) -> str:
    """The name of the data set that this node promised."""
    own = [one.join.data_type for one in view.task.joined if one.participant == view.me.name]
    return own[0] if own else ""


def _log_progress(progress: Progress) -> None:
    log.debug("epoch done", epoch=progress.done, of=progress.total)


async def push(site: Site, view: View, step: Push) -> None:
    """Give the leader the update's bytes, with their signature."""
    made = view.made
    if made is None:
        return
    update = made.update
    artifact = Artifact(digest=update.digest, size=update.size)
    header = Header(view.task.id, step.round, Kind.UPDATE, artifact, update.signature)
    leader = await site.directory.get(step.leader)
    path = site.store.path(update.digest)
    await site.client.push(leader, header, path, seconds=_at_most(view))
    await site.note(view.task.id, lambda old: old.with_push(step.round, step.leader))
    log.info("pushed", update=update.digest, bytes=update.size, leader=step.leader)


def _at_most(view: View) -> float:
    """Seconds for a push: half of what the round has left, and never less than a while.

    So a leader that stalls keeps nobody from submitting in time.
    """
    left = (view.round.deadline_ms - view.now_ms) / 1000
    return max(left / 2, PUSH_SECONDS)


async def submit(site: Site, view: View) -> None:
    """Put the update on the ledger, as it was signed: a repetition is the same transaction."""
    if view.made is None:
        return
    receipt = await site.ledger.rounds.submit_update(
        view.task.id, view.round.round, view.made.update
    )
    log.info("submitted", outcome=receipt.outcome, transaction=receipt.transaction_id)
