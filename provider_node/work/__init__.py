"""How each step is done. Each function ends in the same state however often it is begun."""

from provider_node.site import Site
from provider_node.steps import (
    Aggregate,
    Attest,
    Close,
    Collect,
    Commit,
    Count,
    Examine,
    Extend,
    Fetch,
    Finalize,
    Halt,
    Join,
    Judge,
    Keep,
    Leave,
    Propose,
    Replace,
    Report,
    Reveal,
    Seal,
    SealScores,
    Start,
    Step,
    Submit,
    Train,
)
from provider_node.view import View
from provider_node.work import (
    aggregating,
    archiving,
    fetching,
    joining,
    judging,
    leaving,
    moving,
    training,
)
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
        case Examine():
            await joining.examine(site, view)
        case Train():
            await training.train(site, view)
        case Leave():
            await leaving.leave(site, view.task.id, step.reason)
        case Submit():
            await training.submit(site, view)
        case Collect():
            await judging.collect(site, view, step)
        case Close():
            await moving.close(site, view)
        case Extend():
            await moving.extend(site, view)
        case Judge():
            await judging.judge(site, view, step)
        case SealScores():
            await judging.seal_scores(site, view, step)
        case Reveal():
            await judging.reveal(site, view, step)
        case Aggregate():
            await aggregating.aggregate(site, view)
        case Seal():
            await aggregating.seal(site, view, step)
        case Propose():
            await aggregating.propose(site, view, step)
        case Attest():
            await aggregating.attest(site, view, step)
        case Report():
            await moving.report(site, view, step)
        case Replace():
            await moving.replace(site, view, step)
        case Commit():
            await aggregating.commit(site, view)
        case Halt():
            await moving.halt(site, view)
        case Finalize():
            await moving.finalize(site, view)
        case Count():
            await moving.count(site, view, step)
        case Keep():
            await archiving.keep(site, view, step)
