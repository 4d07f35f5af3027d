"""Members that do not judge, or not honestly."""

from provider_node.journal import Judgement
from provider_node.site import Site
from provider_node.steps import Judge
from provider_node.view import View
from provider_node.work import judging
from weftwork.errors import WeftworkError
from weftwork.ledger.records import Score

_honest = judging.judge
HIGH = 10**9


def never_judge() -> None:
    """It looks at no update, and does everything else."""
    judging.judge = _refuse


async def _refuse(site: Site, view: View, step: Judge) -> None:
    raise WeftworkError("this node does not judge")


def collude(friend: str) -> None:
    """It finds nothing wrong with anyone, and its friend's update by far the best."""

    async def judge(site: Site, view: View, step: Judge) -> None:
        await _honest(site, view, step)
        change = favouring(site.journals.load(view.task.id).judgements[step.round], friend)
        await site.note(view.task.id, lambda old: old.with_judgement(step.round, change))

    judging.judge = judge


def favouring(judgement: Judgement, friend: str) -> Judgement:
    """The judgement with a high score for `friend`, and nobody rejected."""
    scores = tuple(
        Score(
            participant=one.participant,
            verdict="accepted",
            score_micro=HIGH if one.participant == friend else one.score_micro,
        )
        for one in judgement.scores
    )
    return judgement.model_copy(update={"scores": scores})
