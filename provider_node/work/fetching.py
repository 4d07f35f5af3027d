"""Fetch: a task's models and data sets, from whoever has them."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from provider_node.site import Site
from provider_node.steps import Fetch
from provider_node.view import View
from weftwork.errors import DeadlineError, NotFoundError, WeftworkError
from weftwork.ledger.records import Artifact

__all__ = ["fetch", "in_time", "others", "take"]

log = structlog.get_logger(__name__)

OTHERS = 3


async def fetch(site: Site, view: View, step: Fetch) -> None:
    """Take the artifact from the first source that has it."""
    if step.artifact in view.task_artifacts:
        leader = view.newest.leader if view.newest else ""
        async with in_time(view):
            await take(site, view.task.id, step.artifact, [view.task.definition.archive, leader])
        await site.note(view.task.id, lambda old: old.with_given(step.artifact.digest))
    else:
        await _fetch_base(site, view, step)


@asynccontextmanager
async def in_time(view: View) -> AsyncIterator[None]:
    """End what is in the block when this node judges without it; `DeadlineError`."""
    left = view.gather_by_ms / 1000 - time.time() if view.newest and view.newest.term else 0
    try:
        async with asyncio.timeout(left if left > 0 else None):
            yield
    except TimeoutError as error:
        raise DeadlineError("it did not come within half of the step's time") from error


async def take(site: Site, task: str, artifact: Artifact, names: list[str]) -> None:
    """Take `artifact` from the first of the participants `names` that gives it.

    Raises the first one's error, which is the likeliest to have it; the log has what others said.
    """
    reason: WeftworkError | None = None
    for name in dict.fromkeys(names):
        if name in {"", site.me.name}:
            continue
        try:
            host = await site.directory.get(name)
            await site.client.fetch(host, task, artifact, site.store)
        except WeftworkError as error:
            log.debug("not fetched", artifact=artifact.digest, reason=str(error))
            reason = reason or error
        else:
            log.info("fetched", artifact=artifact.digest, bytes=artifact.size, source=name)
            return
    raise reason or NotFoundError(f"artifact {artifact.digest}: nobody else could have it")


async def _fetch_base(site: Site, view: View, step: Fetch) -> None:
    """Take the model of the round before, and note that others can have it here.

    When the round opens, only the committee that computed it is sure to have it; soon the task's
    archive has it, and so have the others.
    """
    before = (await site.ledger.rounds.get(view.task.id, step.round - 1)).record
    makers = [before.leader, *before.committee] if before else []
    sources = [*makers, view.task.definition.archive, *others(view)]
    await take(site, view.task.id, step.artifact, sources)
    digest = step.artifact.digest
    await site.note(view.task.id, lambda old: old.with_kept(step.round - 1, digest))


def others(view: View) -> list[str]:
    """A few other participants, to ask when those who should have an artifact are away."""
    names = [name for name in view.task.participants if name != view.me.name]
    return random.sample(names, min(len(names), OTHERS))
