"""A committee's scores: bound by a hash first, opened when all are bound."""

import hashlib

from weftwork.audit.findings import Broken, require
from weftwork.audit.rules.rounds import read_number
from weftwork.audit.rules.tally import REASONS
from weftwork.audit.task import Round, Task
from weftwork.audit.term import Term
from weftwork.audit.world import Call, Record, World, Writes, canonical, number

__all__ = ["current_term", "require_sealed", "reveal", "seal", "sealed_hash"]


def seal(call: Call, world: World) -> Writes:
    """A scorer is bound, while nobody's scores can be seen."""
    id_, at, term_, hash_ = call.take(4)
    term = current_term(world, id_, at, term_)
    _require_scorer(term, call.name)
    term.require_in_time("seal-scores", call)
    require(not term.evaluations, "scores were revealed before: they could be copied")
    return {_key(term, "scoresseal", call.name): sealed_record(call, term, hash_)}


def reveal(call: Call, world: World) -> Writes:
    """A scorer opens what it was bound to: a score of every update but its own."""
    id_, at, term_, text = call.take(4)
    term = current_term(world, id_, at, term_)
    _require_scorer(term, call.name)
    term.require_over("seal-scores", call.now_ms)
    term.require_in_time("reveal", call)
    bound = term.of("seal", term.followers, term.number)
    require(not bound, "somebody is bound to an aggregate of the scores so far")
    given = call.document(text)
    scores = sorted(given["scores"], key=lambda one: str(one["participant"]))
    _require_scores(term, call.name, scores)
    record = {
        "task": id_,
        "round": term.round.number,
        "term": term.number,
        "participant": call.name,
        "salt": given["salt"],
        "scores": scores,
        "revealed_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }
    content = canonical(scores).decode()
    own = sealed_hash("scores", term, call.name, given["salt"], content)
    require_sealed(term, "scoresseal", call.name, own)
    return {_key(term, "evaluation", call.name): record}


def current_term(world: World, task: str, round_: str, term: str) -> Term:
    """The term of a call, if it is the current one of a round at work. Raises `Broken`."""
    found = Round(Task(world, task), read_number(round_))
    found.require_closed()
    current = Term(found)
    require(read_number(term) == current.number, f"of term {term}, it is term {current.number}")
    return current


def sealed_hash(what: str, term: Term, member: str, salt: str, content: str) -> str:
    """The hash that binds a member: of what it is about, a salt, and the content."""
    lines = [f"weftwork.{what}.v1", term.round.task.id, str(term.round.number), str(term.number)]
    return hashlib.sha256("\n".join([*lines, member, salt, content]).encode()).hexdigest()


def require_sealed(term: Term, kind: str, member: str, own: str) -> None:
    """Raise `Broken` unless the member is bound to this hash."""
    sealed = term.world.get(kind, *term.round.key, number(term.number), member)
    if sealed is None:
        raise Broken(f"{member} opens what it had not sealed")
    require(sealed["hash"] == own, f"what {member} opens has hash {own}, not {sealed['hash']}")


def sealed_record(call: Call, term: Term, hash_: str) -> Record:
    """What a member writes to be bound."""
    return {
        "task": term.round.task.id,
        "round": term.round.number,
        "term": term.number,
        "participant": call.name,
        "hash": hash_,
        "sealed_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }


def _key(term: Term, kind: str, name: str) -> tuple[str, ...]:
    return (kind, *term.round.key, number(term.number), name)


def _require_scorer(term: Term, name: str) -> None:
    """Raise `Broken` unless `name` scores in this term."""
    require(term.number == term.evaluation, f"the scores of term {term.evaluation} stand")
    require(name in term.scorers, f"{name} is no scorer of round {term.round.number}")


def _require_scores(term: Term, judge: str, scores: list[Record]) -> None:
    scored = [one["participant"] for one in scores]
    closing = term.world.need("closing", *term.round.key)
    wanted = [name for name in closing["submitted"] if name != judge]
    require(scored == wanted, f"scores of {scored}, should be of {wanted}")
    for one in scores:
        verdict, reason = one["verdict"], one["reason"]
        right = reason == "" if verdict == "accepted" else reason in REASONS
        known = verdict in ("accepted", "rejected")
        require(known and right, f"the verdict {verdict!r} because of {reason!r}")
