"""The aggregate: members are bound to what they computed, the leader proposes, they open theirs."""

from weftwork.audit.findings import require
from weftwork.audit.rules.rounds import read_number
from weftwork.audit.rules.scores import current_term, require_sealed, sealed_hash, sealed_record
from weftwork.audit.term import Term
from weftwork.audit.world import Call, World, Writes, number

__all__ = ["attest", "propose", "report", "seal"]


def seal(call: Call, world: World) -> Writes:
    """A member that does not lead is bound, when the scores are complete."""
    id_, at, term_, hash_ = call.take(4)
    term = current_term(world, id_, at, term_)
    require(term.proposal is None, "sealed after the leader's aggregate could be seen")
    require(call.name in term.followers, f"{call.name} is no member that does not lead")
    _require_scored(term, call.now_ms)
    term.require_in_time("seal", call)
    key = ("seal", *term.round.key, number(term.number), call.name)
    return {key: sealed_record(call, term, hash_)}


def propose(call: Call, world: World) -> Writes:
    """The leader proposes, when the others are bound."""
    id_, at, text = call.take(3)
    given = call.document(text)
    term = current_term(world, id_, at, str(given["term"]))
    require(term.proposal is None, "the term has a proposal already")
    require(
        call.name and call.name == term.leader, f"{call.name} does not lead: {term.leader} does"
    )
    _require_scored(term, call.now_ms)
    term.require_over("seal", call.now_ms)
    term.require_in_time("propose", call)
    record = {key: given[key] for key in ("term", "digest", "size", "accuracy_ppm")} | {
        "metrics": given.get("metrics", {}),
        "task": id_,
        "round": read_number(at),
        "leader": call.name,
        "proposed_at_ms": max(call.now_ms, term.opened_at_ms),
        "tx_id": call.tx_id,
    }
    return {("proposal", *term.round.key, number(term.number)): record}


def attest(call: Call, world: World) -> Writes:
    """A member opens the digest and the size that it was bound to."""
    id_, at, term_, text = call.take(4)
    term = current_term(world, id_, at, term_)
    require(term.proposal is not None, "attested before there was a proposal")
    require(call.name in term.followers, f"{call.name} is no member that does not lead")
    term.require_in_time("attest", call)
    given = call.document(text)
    content = f"{given['digest']}\n{given['size']}"
    own = sealed_hash("attestation", term, call.name, given["salt"], content)
    require_sealed(term, "seal", call.name, own)
    record = {key: given[key] for key in ("salt", "digest", "size", "accuracy_ppm")} | {
        "task": id_,
        "round": term.round.number,
        "term": term.number,
        "participant": call.name,
        "attested_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }
    return {("attestation", *term.round.key, number(term.number), call.name): record}


def report(call: Call, world: World) -> Writes:
    """A member says that another does not do its part."""
    id_, at, term_, accused, reason = call.take(5)
    term = current_term(world, id_, at, term_)
    require(call.name in term.committee, f"{call.name} is no member of the committee")
    known = accused in term.committee and accused != call.name
    require(known, f"{accused} is no other member of the committee")
    record = {
        "task": id_,
        "round": term.round.number,
        "term": term.number,
        "participant": call.name,
        "accused": accused,
        "reason": reason,
        "reported_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }
    return {("report", *term.round.key, number(term.number), call.name, accused): record}


def _require_scored(term: Term, now_ms: int) -> None:
    """Raise `Broken` unless the scores are complete, and accept enough updates.

    Scores that an earlier term completed stand.
    """
    if term.scores_alone:
        term.require_over("reveal", now_ms)
    accepted, least = len(term.tally().accepted), term.least_accepted
    require(accepted >= least, f"{accepted} updates are accepted, {least} needed")
