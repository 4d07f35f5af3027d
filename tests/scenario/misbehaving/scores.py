"""Members that do not judge, or not honestly."""

from provider_node.journal import Judgement
from provider_node.site import Site
from provider_node.steps import Judge
from provider_node.view import View
from provider_node.work import judging
from weftwork.errors import WeftworkError

_honest = judging.judge
HIGH = 10**9


def never_judge() -> None:
    """It looks at no update, and does everything else."""
    judging.judge = _refuse


async def _refuse(site: Site, view: View, step: Judge) -> None:
    raise WeftworkError("this node does not judge")


def collude(friends: str) -> None:
    """Its friends' updates are by far the best, and everybody else's harm. `friends`: `a,b`."""

    async def judge(site: Site, view: View, step: Judge) -> None:
        await _honest(site, view, step)
        judged = site.journals.load(view.task.id).judgements[step.round]
        change = favouring(judged, frozenset(friends.split(",")))
        await site.note(view.task.id, lambda old: old.with_judgement(step.round, change))

    judging.judge = judge


def favouring(judgement: Judgement, friends: frozenset[str]) -> Judgement:
    """The judgement with high scores for `friends`; all others are rejected with low ones."""
    scores = tuple(
        one.model_copy(update=_PRAISE if one.participant in friends else _BLAME)
        for one in judgement.scores
    )
    return judgement.model_copy(update={"scores": scores})


_PRAISE = {"verdict": "accepted", "reason": "", "score_micro": HIGH}
_BLAME = {"verdict": "rejected", "reason": "harmful", "score_micro": -HIGH}
