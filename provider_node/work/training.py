"""A provider's part of a round: train, and submit the update's digest."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from provider_node.budgets import said_of
from provider_node.config import PrivacyLimits
from provider_node.journal import MadeUpdate
from provider_node.memories import Past
from provider_node.site import Site
from provider_node.terms import Terms
from provider_node.trainer import Personal, Progress, Trained, TrainJob
from provider_node.view import View
from provider_node.work.leaving import leave
from weftwork.errors import IntegrityError
from weftwork.learning.data import Source, held_out
from weftwork.learning.parameters import training_seed
from weftwork.learning.privacy.errors import BudgetError
from weftwork.ledger.records import Join, PrivacySpend, Update
from weftwork.units import MILLION

__all__ = ["metrics", "submit", "train"]

log = structlog.get_logger(__name__)

# What the others read; which rule it is, is the owner's affair and in its log only.
NO_LONGER_ALLOWED = "the owner's policy no longer allows it"


async def train(site: Site, view: View) -> None:
    """Train from the round's base, and note the result in the journal.

    Interrupted, it goes on from the last epoch, and ends with the same bits. What it spends of
    privacy is booked before its first noisy step. Where not enough is left, or the owner's policy
    has come to forbid the task, the node leaves it.
    """
    if refusal := await asyncio.to_thread(site.policy.refusal, view.task):
        await leave(site, view.task.id, NO_LONGER_ALLOWED, in_full=refusal)
        return
    await site.verify(view.round.base)
    terms = await asyncio.to_thread(Terms.of, view.task.definition)
    task, number, join = view.task.id, view.round.round, _own_join(view)
    past = await past_of(site, task, number)
    await warn_of_loss(site, view, terms, past)
    booking = _Booking(partial(site.budgets.spend, task, terms, join, number))
    site.trainers.announce(task, terms.privacy.mode)
    with site.scratch_file() as output:
        source = await site.offers.source(join.data_type)
        job = await asyncio.to_thread(_job, site, view, terms, past, source, output)
        try:
            async with site.trainers.training() as trainer:
                trained = await trainer.train(job, _log_epochs(), booking.book)
        except BudgetError as error:
            await _withdraw(site, task, number, error)
            return
        if job.privacy and booking.spent.mode == "none":
            raise IntegrityError("a private training has ended, and what it spent is not booked")
        artifact = await site.keep(output)
    update = Update(
        digest=artifact.digest,
        size=artifact.size,
        samples=join.samples if job.privacy else trained.samples,
        base_digest=view.round.base.digest,
        signature="",  # until it is submitted
        privacy=booking.spent,
        metrics=metrics(trained, site.config.privacy, private=bool(job.privacy)),
    )
    await site.note(task, lambda old: old.with_update(number, MadeUpdate(update=update)))
    shown = _shown(view, booking.spent) | _to_the_owner(trained.personal)
    log.info("trained", update=artifact.digest, **trained.report, **shown)
    for warning in trained.warnings:
        log.warning("strategy", warning=warning)


@dataclass
class _Booking:
    """What the training that is under way spends; nothing before it has asked."""

    spend: Callable[[str], PrivacySpend]
    spent: PrivacySpend = field(default_factory=PrivacySpend)

    async def book(self, inputs: str) -> None:
        """Pay for the release of these inputs; `BudgetError` where not enough is left."""
        self.spent = await asyncio.to_thread(self.spend, inputs)


async def past_of(site: Site, task: str, number: int) -> Past:
    """The newest memory of a round whose aggregate has this node's update.

    What others never saw is not part of what they share: SCAFFOLD's mean of all control variates
    would be no mean any more.
    """
    while (past := site.memories.before(task, number)).path:
        if await _accepted(site, task, past.round):
            break
        log.warning("memory discarded", of_round=past.round, reason="the update was not accepted")
        site.memories.discard(task, past.round)
    return past


async def warn_of_loss(site: Site, view: View, terms: Terms, past: Past) -> None:
    """Say so where what the task's strategies remember of an accepted update is not found."""
    memory, number = terms.training.composition.memory, view.round.round
    later = [one for one in view.journal.updates if past.round < one < number]
    if not memory:
        return
    for made in sorted(later, reverse=True):
        if await _accepted(site, view.task.id, made):
            on = f"from round {past.round}" if past.path else f"anew: {', '.join(memory)}"
            log.warning("memory lost", of_round=made, begins=on)
            return


async def _accepted(site: Site, task: str, number: int) -> bool:
    """Whether the round's aggregate has this node's update."""
    record = (await site.ledger.rounds.get(task, number)).record
    return record is not None and site.me.name in record.contributors


async def _withdraw(site: Site, task: str, number: int, error: BudgetError) -> None:
    """Leave, for good: the others go on without this node.

    How much is left, and what other tasks have spent, is the owner's affair and in its log only.
    """
    reason = f"privacy budget: not enough is left for round {number}"
    await leave(site, task, reason, in_full=str(error))


def metrics(trained: Trained, limits: PrivacyLimits, *, private: bool) -> dict[str, int]:
    """What an update tells beside its weights; of private tasks only what tells nothing of data.

    Without privacy the weights themselves are exact, and so are the steps and the loss.
    """
    found = dict(trained.report)
    if not private:
        found["steps"] = trained.steps
    if not private or "loss" in limits.exact:
        found["loss_micro"] = trained.loss_micro
    return found


def _shown(view: View, privacy: PrivacySpend) -> dict[str, object]:
    if privacy.mode == "none":
        return {}
    join = _own_join(view)
    return {"privacy": said_of(join.privacy_budget, privacy, samples=join.samples)}


def _to_the_owner(personal: Personal | None) -> dict[str, object]:
    """What the models are worth on the owner's held-out samples; it never leaves the node."""
    if personal is None:
        return {}
    return {
        "held_out": personal.samples,
        "received_accuracy": round(personal.received_ppm / MILLION, 4),
        "own_accuracy": round(personal.own_ppm / MILLION, 4),
    }


def _job(
    site: Site, view: View, terms: Terms, past: Past, source: Source, output: Path
) -> TrainJob:
    task, number, join = view.task.id, view.round.round, _own_join(view)
    return TrainJob(
        provider=site.me.name,
        model=terms.model,
        training=terms.training,
        base=site.store.path(view.round.base.digest),
        source=source,
        held_out=held_out(source),
        cache=site.offers.cache,
        data_schema=terms.schema,
        seed=training_seed(terms.training.seed, number, site.me.name),
        round=number,
        gap=past.gap,
        memory=past.path,
        memory_to=site.memories.place(task, number),
        checkpoint=site.memories.checkpoint(task),
        privacy=site.budgets.terms(task, terms, join),
        output=output,
    )


def _own_join(view: View) -> Join:
    """What this node joined with."""
    return next(one.join for one in view.task.joined if one.participant == view.me.name)


def _log_epochs() -> Callable[[Progress], None]:
    """Says of each epoch that it is done, and once if those before it were done already."""
    begun = False

    def told(progress: Progress) -> None:
        nonlocal begun
        if not begun and progress.done > 1:
            log.info("resumed", after_epoch=progress.done - 1, of=progress.total)
        begun = True
        log.debug("epoch done", epoch=progress.done, of=progress.total)

    return told


async def submit(site: Site, view: View) -> None:
    """Sign the update, and put it on the ledger; a repetition changes nothing there.

    It is signed now, since the ledger checks it with the certificate of this transaction: between
    the training and a restart the node may have been given another.
    """
    if view.made is None:
        return
    task, number, update = view.task.id, view.round.round, view.made.update
    signature = site.ledger.sign_update(task, number, update.digest)
    signed = update.model_copy(update={"signature": signature})
    receipt = await site.ledger.rounds.submit_update(task, number, signed)
    log.info("submitted", outcome=receipt.outcome, transaction=receipt.transaction_id)
