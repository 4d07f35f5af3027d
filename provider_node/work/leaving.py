"""Leave a task for good, and say why in words that tell nothing of the data."""

import structlog

from provider_node.site import Site
from provider_node.steps import HOPELESS
from weftwork.errors import WeftworkError

__all__ = ["failure_of", "leave"]

log = structlog.get_logger(__name__)


def failure_of(error: WeftworkError) -> str:
    """Why a training was given up, for the others."""
    return next(words for kind, words in HOPELESS.items() if isinstance(error, kind))


async def leave(site: Site, task: str, reason: str, *, in_full: str = "") -> None:
    """The others go on without this node; its owner reads why `in_full`, in the log only."""
    receipt = await site.ledger.tasks.leave(task, reason)
    site.snapshots.outdate(task)
    log.warning("left", reason=in_full or reason, transaction=receipt.transaction_id)
