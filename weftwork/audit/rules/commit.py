"""The record of a round: what the committee decided, and what follows from it."""

from weftwork.audit.findings import require
from weftwork.audit.rules.election import rank, seat
from weftwork.audit.rules.reputation import Outcome, after
from weftwork.audit.rules.rounds import read_number
from weftwork.audit.rules.tally import Tally, lower_median, wrong
from weftwork.audit.task import Round, Task
from weftwork.audit.term import Computed, Term, computed, fault, merged
from weftwork.audit.world import Call, Record, World, Writes, digest, number

__all__ = ["commit"]


def commit(call: Call, world: World) -> Writes:
    """Whoever is concerned commits what a quorum attests; the record follows, whoever it is."""
    id_, at, proposed = call.take(3)
    round_ = Round(Task(world, id_), read_number(at))
    round_.require_closed()
    round_.task.require_concerned(call)
    term = Term(round_)
    require(term.proposal is not None, "committed before there was a proposal")
    proposal = world.need("proposal", *round_.key, number(term.number))
    require(proposed == proposal["digest"], f"{proposed} is committed, not the proposal")
    waits = term.waited_for(term.step("attest"), call.now_ms)
    require(not waits, f"committed before {', '.join(waits)} attested")
    agreed = 1 + sum(computed(one) == computed(proposal) for one in term.attestations)
    require(agreed >= round_.quorum, f"{agreed} computed this model, {round_.quorum} needed")
    record = _decided(term, proposal) | {
        "committed_at_ms": max(call.now_ms, proposal["proposed_at_ms"]),
        "committed_by": call.name,
        "tx_id": call.tx_id,
    }
    record |= _standings(term, record)
    return {("round", *round_.key): record | _next(round_, record)}


def _decided(term: Term, proposal: Record) -> Record:
    """What the committee decided, and by which scores and digests."""
    round_, tally = term.round, term.tally()
    closing = round_.world.need("closing", *round_.key)
    attestations = term.attestations
    agree = [one for one in attestations if computed(one) == computed(proposal)]
    measured = [one["accuracy_ppm"] for one in [proposal, *agree]]
    return {
        "task": round_.task.id,
        "round": round_.number,
        "term": term.number,
        "committee": term.committee,
        "leader": term.leader,
        "base_digest": round_.opening.base,
        "digest": proposal["digest"],
        "size": proposal["size"],
        "accuracy_ppm": lower_median(measured),
        "sampled": round_.opening.sampled,
        "submitted": round_.updates,
        "accepted": tally.accepted,
        "rejected": tally.rejected,
        "missing": closing["missing"],
        "left": closing["left"],
        "evaluations": term.evaluations,
        "attestations": attestations,
        "replaced": term.record["replaced"],
        "faults": term.record["faults"] + _faults(term, computed(proposal), tally),
        "metrics": proposal["metrics"],
        "opened_at_ms": round_.opening.opened_at_ms,
        "deadline_ms": round_.deadline_ms,
        "closed_at_ms": closing["closed_at_ms"],
        "proposed_at_ms": proposal["proposed_at_ms"],
        "previous": _previous(round_),
    }


def _faults(term: Term, agreed: Computed, tally: Tally) -> list[Record]:
    """What the term that agreed shows: who did not attest or score, or did so otherwise."""
    silent = term.missed("seal", "attest")
    alone = wrong(tally, term.evaluations)
    verdicts = [fault(name, term.evaluation, "wrong-verdicts") for name in alone]
    return merged(silent, term.unscored()) + term.false_witnesses(agreed) + verdicts


def _previous(round_: Round) -> str:
    """The digest of the record before, of the task's start in the first round: a chain."""
    world, id_ = round_.world, round_.task.id
    if round_.number == 1:
        return digest(world.need("start", id_))
    return digest(world.need("round", id_, number(round_.number - 1)))


def _standings(term: Term, record: Record) -> Record:
    """Shares and reputations. Who attested the model without a fault has served."""
    faulty = [one["participant"] for one in record["faults"]]
    attested = [
        one["participant"] for one in record["attestations"] if computed(one) == computed(record)
    ]
    outcome = Outcome(
        fees=term.round.task.definition["governance"]["fees"],
        accepted=record["accepted"],
        rejected=record["rejected"],
        faults=record["faults"],
        served=[name for name in [term.leader, *attested] if name not in faulty],
        seats=len(term.round.opening.committee),
        leader=term.leader,
    )
    return {"standings": after(term.round.opening.standings, outcome)}


def _next(round_: Round, record: Record) -> Record:
    """Who takes part in the next round and decides it; or that this was the last."""
    definition = round_.task.definition
    target = definition["target_accuracy_ppm"]
    reached = target > 0 and record["accuracy_ppm"] >= target
    if reached or round_.number >= definition["training"]["rounds"]:
        return {
            "outcome": "FINAL",
            "next_participants": [],
            "next_ranking": [],
            "next_committee": [],
            "next_leader": "",
            "next_deadline_ms": 0,
        }
    gone = round_.task.left(round_.opening.sampled)
    staying = [name for name in round_.opening.sampled if name not in gone]
    idle = [one["participant"] for one in record["replaced"] + record["faults"]]
    standings = record["standings"]
    ranking = rank(standings, staying, record["missing"] + idle, record["digest"])
    size = min(definition["governance"]["committee"], len(staying))
    committee, leader = seat(ranking, (), standings, size, record["leader"])
    return {
        "outcome": "CONTINUE",
        "next_participants": staying,
        "next_ranking": ranking,
        "next_committee": committee,
        "next_leader": leader,
        "next_deadline_ms": record["committed_at_ms"] + round_.task.round_ms,
    }
