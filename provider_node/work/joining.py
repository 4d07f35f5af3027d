"""Join: consent to the task's terms, and say what this node brings."""

import asyncio

import structlog

from provider_node.budgets import said_of
from provider_node.site import Site
from provider_node.terms import Terms
from provider_node.view import View
from weftwork.errors import DataError
from weftwork.ledger.records import Join

__all__ = ["join"]

log = structlog.get_logger(__name__)


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


def _granted(join: Join) -> dict[str, str]:
    """What the log says of the privacy; nothing where there is none."""
    budget = join.privacy_budget
    return {"privacy": said_of(budget, samples=join.samples)} if budget.mode != "none" else {}
