"""Fetch: a task's models and data sets, from whoever has them."""

import structlog

from provider_node.site import Site
from provider_node.steps import Fetch
from provider_node.view import View
from weftwork.errors import NotFoundError, WeftworkError
from weftwork.ledger.records import Artifact

__all__ = ["fetch", "take"]

log = structlog.get_logger(__name__)


async def fetch(site: Site, view: View, step: Fetch) -> None:
    """Take the artifact from the first source that has it."""
    await take(site, view.task.id, step.artifact, await _sources(site, view, step))


async def take(site: Site, task: str, artifact: Artifact, names: list[str]) -> None:
    """Take `artifact` from the first of the participants `names` that gives it.

    Raises the last one's error; what the others said is in the log.
    """
    reason: WeftworkError = NotFoundError(f"artifact {artifact.digest}: nobody else could have it")
    for name in dict.fromkeys(names):
        if name in {"", site.me.name}:
            continue
        try:
            host = await site.directory.get(name)
            await site.client.fetch(host, task, artifact, site.store)
        except WeftworkError as error:
            log.debug("not fetched", artifact=artifact.digest, reason=str(error))
            reason = error
        else:
            log.info("fetched", artifact=artifact.digest, bytes=artifact.size, source=name)
            return
    raise reason


async def _sources(site: Site, view: View, step: Fetch) -> list[str]:
    """Who has it, the likeliest first.

    A round's base was made by the leader of the round before, which is the only one sure to have it
    at the moment when the round opens; soon the task's archive has it, too.
    """
    archive = view.task.definition.archive
    if step.artifact in view.task_artifacts:
        return [archive, view.newest.leader if view.newest else ""]
    before = await site.ledger.rounds.get(view.task.id, step.round - 1)
    return [before.record.leader if before.record else "", archive]
