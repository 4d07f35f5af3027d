"""What moves a task on when its time has come; anyone concerned may do it, once."""

import structlog

from provider_node.site import Site
from provider_node.steps import Count, Replace, Report
from provider_node.view import View
from weftwork.errors import ConnectionFailedError, DeadlineError, WeftworkError

__all__ = ["close", "count", "extend", "finalize", "halt", "replace", "report"]

log = structlog.get_logger(__name__)


class StillThereError(WeftworkError):
    """A member that was waited for answers: it is slow, not away."""


async def close(site: Site, view: View) -> None:
    """End the time for updates."""
    receipt = await site.ledger.rounds.close(view.task.id, view.round.round)
    log.info("closed", outcome=receipt.outcome, transaction=receipt.transaction_id)


async def extend(site: Site, view: View) -> None:
    """Give the round as much time again."""
    receipt = await site.ledger.rounds.extend(view.task.id, view.round.round)
    log.warning("extended", outcome=receipt.outcome, missing=view.round.missing)


async def halt(site: Site, view: View) -> None:
    """End a task whose round cannot go on."""
    receipt = await site.ledger.rounds.halt(view.task.id)
    log.error("halted", outcome=receipt.outcome, reason=receipt.record.get("reason"))


async def finalize(site: Site, view: View) -> None:
    """Finish the task."""
    receipt = await site.ledger.rounds.finalize(view.task.id)
    log.info("finished", outcome=receipt.outcome, transaction=receipt.transaction_id)


async def count(site: Site, view: View, step: Count) -> None:
    """Add what the task changed of an organisation's reputation to its standing."""
    receipt = await site.ledger.committees.count(view.task.id, step.msp_id)
    standing = receipt.record.get("reputation")
    log.info(
        "counted", organisation=step.msp_id, change=receipt.record.get("change"), is_now=standing
    )


async def replace(site: Site, view: View, step: Replace) -> None:
    """Open the next term."""
    receipt = await site.ledger.committees.replace(view.task.id, step.round, step.term)
    record = receipt.record
    fallen = [f"{one['participant']}: {one['fault']}" for one in record.get("replaced", [])]
    log.warning(
        "replaced",
        fallen=fallen,
        term=record.get("term"),
        renewals=record.get("renewals"),
        leader=record.get("leader"),
    )


async def report(site: Site, view: View, step: Report) -> None:
    """Report a member that cannot be reached; raise `StillThereError` where it can."""
    host = await site.directory.get(step.accused)
    try:
        await site.client.reach(host)
    except (ConnectionFailedError, DeadlineError) as error:
        reason = str(error)
        word = "does not answer" if isinstance(error, DeadlineError) else "cannot be reached"
    else:
        raise StillThereError(f"{step.accused} is waited for, and answers")
    await site.ledger.committees.report(view.task.id, step.round, step.term, step.accused, word)
    log.warning("reported", member=step.accused, reason=reason)
