"""Members that do not tell what they should have computed."""

from provider_node.journal import MadeAggregate
from provider_node.site import Site
from provider_node.steps import Propose
from provider_node.view import View
from provider_node.work import aggregating
from tests.scenario.misbehaving import numbers
from weftwork.ledger.records import Proposal
from weftwork.sealing import new_salt


def propose_another() -> None:
    """Whenever it leads, some of its aggregate's numbers are not what the updates give."""
    aggregating.propose = _propose_another


async def _propose_another(site: Site, view: View, step: Propose) -> None:
    made = view.aggregate
    assert made is not None
    header, values = numbers.read(site.store.path(made.digest))
    values = values.copy()
    values[::7] += 0.01
    other = await numbers.keep(site, header, values)
    proposal = Proposal(
        term=step.term, digest=other.digest, size=other.size, accuracy_ppm=made.accuracy_ppm
    )
    await site.ledger.rounds.propose_aggregate(view.task.id, step.round, proposal)


def attest_the_base() -> None:
    """It computes nothing, and attests the model that the round started from."""
    aggregating.aggregate = _take_the_base


async def _take_the_base(site: Site, view: View) -> None:
    base = view.round.base
    made = MadeAggregate(
        parts=tuple(view.round.accepted),
        digest=base.digest,
        size=base.size,
        accuracy_ppm=0,
        salt=new_salt(),
    )
    await site.note(view.task.id, lambda old: old.with_aggregate(view.round.round, made))
