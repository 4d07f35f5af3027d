"""Leave a task for good, and say why in words that tell nothing of the data."""

import structlog

from provider_node.site import Site
from weftwork.errors import ConfigError, DataError, DefectError, WeftworkError
from weftwork.learning.errors import DivergedError

__all__ = ["failure_of", "leave"]

log = structlog.get_logger(__name__)

# What all may read of an error, by its class; the error itself may name rows and values.
WORDS: dict[type[WeftworkError], str] = {
    DivergedError: "its training left the finite numbers",
    DataError: "its data set can no longer be used",
    ConfigError: "it cannot train the model as it is configured",
    DefectError: "its training program fails",
}


def failure_of(error: WeftworkError) -> str:
    """Why a training was given up, for the others."""
    return next((words for kind, words in WORDS.items() if isinstance(error, kind)), "it failed")


async def leave(site: Site, task: str, reason: str, *, in_full: str = "") -> None:
    """The others go on without this node; its owner reads why `in_full`, in the log only."""
    receipt = await site.ledger.tasks.leave(task, reason)
    site.snapshots.outdate(task)
    log.warning("left", reason=in_full or reason, transaction=receipt.transaction_id)
