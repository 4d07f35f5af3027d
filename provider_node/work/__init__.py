"""How each step is done. Each function ends in the same state however often it is begun."""

from provider_node.site import Site
from provider_node.steps import (
    Aggregate,
    Collect,
    Commit,
    Fetch,
    Finalize,
    Join,
    Keep,
    Leave,
    Propose,
    Push,
    Start,
    Step,
    Submit,
    Train,
)
from provider_node.view import View
from provider_node.work import archiving, fetching, joining, leading, leaving, training
from provider_node.work.leaving import failure_of

__all__ = ["failure_of", "perform"]


async def perform(site: Site, view: View, step: Step) -> None:  # noqa: C901 - a table of steps
    """Do `step`, which `view` owes. Raises `WeftworkError` where it could not be done now."""
    match step:
        case Join():
            await joining.join(site, view)
        case Start():
            await archiving.start(site, view, step)
        case Fetch():
            await fetching.fetch(site, view, step)
        case Train():
            await training.train(site, view)
        case Leave():
            await leaving.leave(site, view.task.id, step.reason)
        case Push():
            await training.push(site, view, step)
        case Submit():
            await training.submit(site, view)
        case Collect():
            await leading.collect(site, view, step)
        case Aggregate():
            await leading.aggregate(site, view, step)
        case Propose():
            await leading.propose(site, view)
        case Commit():
            await leading.commit(site, view)
        case Finalize():
            await leading.finalize(site, view)
        case Keep():
            await archiving.keep(site, view, step)
