"""Join: consent to the task's terms, and say what this node brings."""

import structlog

from provider_node.site import Site
from provider_node.view import View
from weftwork.errors import DataError
from weftwork.ledger.records import Join

__all__ = ["join"]

log = structlog.get_logger(__name__)


async def join(site: Site, view: View) -> None:
    """Join with the first data set that fits, and have a trainer warm for the start."""
    definition = view.task.definition
    offer = await site.offers.for_task(definition)
    if offer is None:
        raise DataError(f"task {view.task.id}: no data set of this node fits it any more")
    site.trainers.warm_soon()
    terms = Join(
        data_type=offer.data.name,
        samples=offer.samples,
        schema_digest=definition.data.schema_digest,
        accepts_usage_rules=True,
    )
    await site.ledger.tasks.join(view.task.id, terms)
    log.info("joined", data=offer.data.name, samples=offer.samples)
