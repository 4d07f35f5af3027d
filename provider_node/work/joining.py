"""Join: consent to the task's terms, say what this node brings, and look at what comes."""

import asyncio

import structlog

from provider_node.budgets import said_of
from provider_node.site import Site
from provider_node.terms import Terms
from provider_node.trainer import EvaluateJob
from provider_node.view import View
from provider_node.work.leaving import leave
from weftwork.errors import DataError
from weftwork.learning.errors import WeightsError
from weftwork.ledger.records import Join

__all__ = ["examine", "join"]

log = structlog.get_logger(__name__)

# What the others read; the whole of it is in this node's log.
UNUSABLE = "what the task starts with cannot be used"


async def join(site: Site, view: View) -> None:
    """Join with the first data set that fits, and have a trainer warm for the start.

    What is signed as accepted is the definition that was examined, whatever the ledger says of it.
    """
    definition = view.task.definition
    admission = await site.admission(view.task)
    if admission is None:
        raise DataError(f"task {view.task.id}: it does not suit this node any more")
    site.trainers.warm_soon()
    join = Join(
        data_type=admission.data,
        samples=admission.samples,
        schema_digest=definition.data.schema_digest,
        acceptance=site.ledger.sign_acceptance(view.task.id, view.task.own_digest),
        privacy_budget=admission.budget,
    )
    terms = await asyncio.to_thread(Terms.of, definition)
    await asyncio.to_thread(site.budgets.joining, view.task.id, terms, join)
    await site.ledger.tasks.join(view.task.id, join)
    log.info("joined", data=admission.data, samples=join.samples, **_granted(join))


async def examine(site: Site, view: View) -> None:
    """Measure the first model on the validation data; leave where either cannot be used.

    Only who has joined may have them, and before the start leaving costs nobody anything. Later a
    committee that could not read the data would judge on what its members hold out alone.
    """
    definition, validation = view.task.definition, view.validation
    if validation is None:
        return
    await site.verify(definition.initial_model, validation)
    terms = await asyncio.to_thread(Terms.of, definition)
    job = EvaluateJob(
        model=terms.model,
        weights=site.store.path(definition.initial_model.digest),
        validation=site.store.path(validation.digest),
        data_schema=terms.schema,
    )
    try:
        async with site.trainers.counting() as trainer:
            await trainer.evaluate(job)
    except (DataError, WeightsError) as error:
        await leave(site, view.task.id, UNUSABLE, in_full=f"{UNUSABLE}: {error}")
    else:
        await site.note(view.task.id, lambda old: old.with_examined())


def _granted(join: Join) -> dict[str, str]:
    """What the log says of the privacy; nothing where there is none."""
    budget = join.privacy_budget
    return {"privacy": said_of(budget, samples=join.samples)} if budget.mode != "none" else {}
