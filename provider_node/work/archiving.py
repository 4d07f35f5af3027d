"""The archive's part: start tasks, and keep every committed model."""

import structlog

from provider_node.site import Site
from provider_node.steps import Keep, Start
from provider_node.view import View
from provider_node.work.fetching import others, take
from weftwork.errors import NotFoundError
from weftwork.ledger.records import Artifact

__all__ = ["keep", "start"]

log = structlog.get_logger(__name__)


async def start(site: Site, view: View, step: Start) -> None:
    """Open the first round."""
    receipt = await site.ledger.tasks.start(view.task.id, step.participants)
    log.info("started", participants=step.participants, transaction=receipt.transaction_id)


async def keep(site: Site, view: View, step: Keep) -> None:
    """Fetch the model that a round committed, from those that computed it."""
    record = (await site.ledger.rounds.get(view.task.id, step.round)).record
    if record is None:
        raise NotFoundError(f"round {step.round} of {view.task.id} is not committed")
    artifact = Artifact(digest=record.digest, size=record.size)
    if not site.store.has(artifact.digest):
        await take(site, view.task.id, artifact, [record.leader, *record.committee, *others(view)])
    await site.note(view.task.id, lambda old: old.with_kept(step.round, record.digest))
