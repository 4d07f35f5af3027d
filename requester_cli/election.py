"""Who decides a round, computed again off the ledger from what the election went by. Pure.

The rule: those who did their part in the round before come first, then the highest merit; equals
are told apart by the smallest lot. The first of that ranking are seated, one an organisation; the
first seated leads, but steps back after a round that it led, where the second's merit is
comparable.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from weftwork.ledger.records import Committee, Left, RoundRecord, Standing, Term

# How much of the first's merit, in percent, the second must have to be comparable.
COMPARABLE = 75


@dataclass(frozen=True)
class Seats:
    """A committee in the order of the ranking, its leader, and why it leads.

    `unseated`: why the others of the ranking have no seat.
    """

    committee: list[str]
    leader: str
    why: str
    unseated: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Computed:
    """An election as it should be: `idle` are those ranked last, `lots` are in hex."""

    ranking: list[str]
    idle: list[str]
    lots: dict[str, str]
    seats: Seats


def lot(base_digest: str, name: str) -> str:
    """SHA-256 of the round's base digest, a newline and the name, in hex."""
    return hashlib.sha256(f"{base_digest}\n{name}".encode()).hexdigest()


def elect(view: Committee, before: RoundRecord | None, size: int) -> Computed:
    """The election of the round in `view`, after a round with the record `before`, if any.

    `size`: how many members the task asks for.
    """
    names = [one.participant for one in view.standings]
    eligible = names if before is None else before.next_participants
    idle = [] if before is None else _idle(before)
    ranking = rank(view.standings, eligible, idle, view.base_digest)
    seats = seat(ranking, (), view.standings, min(size, len(eligible)), view.last_leader)
    return Computed(ranking, idle, {one: lot(view.base_digest, one) for one in ranking}, seats)


def _idle(record: RoundRecord) -> list[str]:
    """Who did not do its part: submitted nothing, was replaced, or has another fault."""
    faulty = (one.participant for one in [*record.replaced, *record.faults])
    return [*record.missing, *faulty]


def rank(
    standings: Sequence[Standing], eligible: Collection[str], idle: Collection[str], base: str
) -> list[str]:
    """The eligible in the order in which they are elected."""
    candidates = [one for one in standings if one.participant in eligible]
    candidates.sort(
        key=lambda one: (one.participant in idle, -one.merit_ppm, lot(base, one.participant))
    )
    return [one.participant for one in candidates]


def seat(
    ranking: Sequence[str],
    out: Collection[str],
    standings: Sequence[Standing],
    size: int,
    last_leader: str,
) -> Seats:
    """The first `size` of the ranking, one an organisation, without those that are `out`."""
    known = {one.participant: one for one in standings}
    seated: dict[str, str] = {}  # by organisation
    unseated = {}
    for name in ranking:
        organisation = known[name].msp_id if name in known else ""
        if name in out:
            unseated[name] = "out"
        elif organisation in seated:
            unseated[name] = f"{seated[organisation]} has the seat of {organisation}"
        elif len(seated) == size:
            unseated[name] = "no seat is left"
        else:
            seated[organisation] = name
    committee = list(seated.values())
    merits = [known[name].merit_ppm if name in known else 0 for name in committee]
    return Seats(committee, *_leader(committee, merits, last_leader), unseated)


def _leader(committee: list[str], merits: list[int], last: str) -> tuple[str, str]:
    if not committee:
        return "", "nobody is seated"
    first = committee[0]
    if first != last:
        return first, "first of the ranking that is seated"
    if len(committee) < 2:
        return first, "led the round before, and nobody else is seated"
    if 100 * merits[1] < COMPARABLE * merits[0]:
        return first, f"led the round before, but {committee[1]} has less than 75 % of its merit"
    return committee[1], f"{first} led the round before and steps back"


def disagreements(view: Committee, computed: Computed, left: Sequence[Left]) -> list[str]:
    """Where the ledger has not what the rule gives; `left`: who left the task, and when."""
    pairs = [
        ("ranking", view.ranking, computed.ranking),
        ("committee", view.elected.get("committee"), computed.seats.committee),
        ("leader", view.elected.get("leader"), computed.seats.leader),
    ]
    for term in view.terms:
        seats = of_term(view, term, computed, left)
        pairs += [
            (f"committee of term {term.term}", term.committee, seats.committee),
            (f"leader of term {term.term}", term.leader, seats.leader),
        ]
    return [
        f"{what}: the ledger has {found}, the rule gives {right}"
        for what, found, right in pairs
        if found != right
    ]


def of_term(view: Committee, term: Term, computed: Computed, left: Sequence[Left]) -> Seats:
    """The seats of a term: the first one's, or those without who was replaced or had left."""
    if term.term == 1:
        return computed.seats
    out = {one.participant for one in term.replaced}
    out |= {one.participant for one in left if one.left_at_ms <= term.opened_at_ms}
    size = len(computed.seats.committee)
    return seat(computed.ranking, out, view.standings, size, view.last_leader)
