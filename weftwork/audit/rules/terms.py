"""Who falls, and the term that goes on without them."""

from dataclasses import dataclass, field

from weftwork.audit.findings import require
from weftwork.audit.rules.election import seat
from weftwork.audit.rules.scores import current_term
from weftwork.audit.term import Term, computed, deadlines, fault, merged
from weftwork.audit.world import Call, Record, World, Writes, number

__all__ = ["Fallen", "fallen", "next_term", "replace"]

STEPS = ("seal-scores", "reveal", "seal", "propose")
RENEWALS = 3


@dataclass(frozen=True)
class Fallen:
    """The members that a term goes on without; or that no term helps.

    `split`: all have spoken, and there is no quorum. `refused`: what a complete committee
    rejects, where it accepts too few.
    """

    members: list[Record] = field(default_factory=list)
    split: bool = False
    refused: list[Record] = field(default_factory=list)


def replace(call: Call, world: World) -> Writes:
    """Whoever is concerned opens the next term."""
    id_, at, term_ = call.take(3)
    term = current_term(world, id_, at, term_)
    term.round.task.require_concerned(call)
    gone = fallen(term, call.now_ms).members
    require(gone, "a term was opened, though nobody had fallen")
    record = next_term(term, gone, call.now_ms)
    enough = len(record["committee"]) >= term.round.quorum
    require(enough, f"{len(record['committee'])} are on the new committee: no quorum")
    record |= {"opened_by": call.name, "tx_id": call.tx_id}
    return {("term", *term.round.key, number(term.number + 1)): record}


def fallen(term: Term, now_ms: int) -> Fallen:
    """Who has fallen by now.

    With a proposal: the leader, if a quorum contradicts it; if all that sealed have attested and
    nothing has a quorum, those that did not seal. Without: who is missing and excused, at the step
    that the term has come to and at those after it that cannot begin without them.
    """
    if term.proposal is not None:
        return _after_proposal(term, now_ms)
    if scored(term, now_ms) and len(term.tally().accepted) < term.least_accepted:
        return Fallen(refused=term.tally().rejected)
    return Fallen(members=_before_proposal(term, now_ms))


def next_term(term: Term, gone: list[Record], now_ms: int) -> Record:
    """The term that follows without them, as it is recorded but for who opened it."""
    proposed = term.proposal["proposed_at_ms"] if term.proposal else 0
    opened = max(now_ms, proposed, term.opened_at_ms)
    complete = scored(term, now_ms)
    renewed = _is_renewed(term, gone)
    blamed = _but_the_late(gone) if renewed else gone
    replaced = merged(term.record["replaced"], gone)
    replaced = _but_the_late(replaced) if renewed else replaced
    committee, leader = _seats(term, replaced)
    return {
        "task": term.round.task.id,
        "round": term.round.number,
        "term": term.number + 1,
        "committee": committee,
        "leader": leader,
        "evaluation": term.evaluation if complete else term.number + 1,
        "scorers": term.scorers if complete else committee,
        "renewals": term.record["renewals"] + renewed,
        "replaced": replaced,
        "faults": merged(term.record["faults"], _faults(term, blamed, complete=complete)),
        "opened_at_ms": opened,
    } | deadlines(opened, term.round.task.stage_ms, scoring=not complete)


def _is_renewed(term: Term, gone: list[Record]) -> bool:
    """Whether those that were late sit again: too few would be left without them, enough with.

    So it goes at most `RENEWALS` times in a round.
    """
    out, quorum = merged(term.record["replaced"], gone), term.round.quorum
    left, with_the_late = (len(_seats(term, one)[0]) for one in (out, _but_the_late(out)))
    return left < quorum <= with_the_late and term.record["renewals"] < RENEWALS


def _but_the_late(faults: list[Record]) -> list[Record]:
    return [one for one in faults if one["fault"] != "unavailable"]


def _seats(term: Term, out: list[Record]) -> tuple[list[str], str]:
    """Committee and leader, without those that are out or have left."""
    opening = term.round.opening
    names = [one["participant"] for one in out] + term.round.task.left(opening.ranking)
    return seat(
        opening.ranking, names, opening.standings, len(opening.committee), opening.last_leader
    )


def scored(term: Term, now_ms: int) -> bool:
    """Whether the scores are complete: nobody is waited for, and a quorum has revealed."""
    if not term.scores_alone:
        return True
    steps = [term.step(which) for which in ("seal-scores", "reveal")]
    return all(
        not term.waited_for(step, now_ms) and step.done >= term.round.quorum for step in steps
    )


def _after_proposal(term: Term, now_ms: int) -> Fallen:
    agreed, step = term.agreed(), term.step("attest")
    assert term.proposal is not None  # noqa: S101 - for the types
    if agreed == computed(term.proposal):
        return Fallen()
    if agreed:
        return Fallen(members=[fault(term.leader, term.number, "wrong-proposal")])
    if term.waited_for(step, now_ms):
        return Fallen()
    silent = term.absent("seal", "attest")
    return Fallen(members=silent, split=not silent)


def _before_proposal(term: Term, now_ms: int) -> list[Record]:
    first = STEPS.index(_reached(term))
    gone: list[Record] = []
    for which in STEPS[first:]:
        step = term.step(which)
        excused = term.excused(step, now_ms)
        known = [one["participant"] for one in gone]
        gone += [one for one in excused if one["participant"] not in known]
        if len(excused) < len(step.missing) or step.done < term.round.quorum:
            break
    return gone


def _reached(term: Term) -> str:
    """The last step before the proposal that somebody has begun, or the first of the term."""
    if term.of("seal", term.followers, term.number) or not term.scores_alone:
        return "seal"
    return "reveal" if term.evaluations else "seal-scores"


def _faults(term: Term, gone: list[Record], *, complete: bool) -> list[Record]:
    """What a term that ends without a record shows of its members; to leave is no fault."""
    faults = [one for one in gone if one["fault"] != "left"]
    if complete:
        faults = merged(faults, term.unscored())
    if term.proposal is None:
        return faults
    agreed = term.agreed()
    return merged(faults, term.missed("seal")) + (term.false_witnesses(agreed) if agreed else [])
