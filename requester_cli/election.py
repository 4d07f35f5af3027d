"""Who decides a round, computed again from what the election went by: the auditor's rules. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from weftwork.audit.rules import election
from weftwork.ledger.records import Committee, Left, RoundRecord, Term

# A transaction may be dated 30 s before its endorsers' clocks and 5 s after (CLOCK_SKEW): of two
# whose times are further apart than the sum, the earlier one came first.
TOLERANCE_MS = 35_000


@dataclass(frozen=True)
class Computed:
    """An election as it should be: `idle` are those ranked last, `lots` are in hex."""

    ranking: list[str]
    idle: list[str]
    lots: dict[str, str]
    committee: list[str]
    leader: str


def elect(view: Committee, before: RoundRecord | None, size: int) -> Computed:
    """The election of the round in `view`, after a round with the record `before`, if any.

    `size`: how many members the task asks for.
    """
    standings = [one.model_dump() for one in view.standings]
    names = [one.participant for one in view.standings]
    eligible = names if before is None else before.next_participants
    idle = [] if before is None else _idle(before)
    ranking = election.rank(standings, eligible, idle, view.base_digest)
    lots = {one: election.lot(view.base_digest, one) for one in ranking}
    committee, leader = _seats(view, ranking, (), min(size, len(eligible)))
    return Computed(ranking, idle, lots, committee, leader)


def _idle(record: RoundRecord) -> list[str]:
    """Who did not do its part: submitted nothing, was replaced, or has another fault."""
    faulty = (one.participant for one in [*record.replaced, *record.faults])
    return [*record.missing, *faulty]


def _seats(
    view: Committee, ranking: Sequence[str], out: Collection[str], size: int
) -> tuple[list[str], str]:
    standings = [one.model_dump() for one in view.standings]
    return election.seat(ranking, out, standings, size, view.last_leader)


def disagreements(view: Committee, computed: Computed, left: Sequence[Left]) -> list[str]:
    """Where the ledger has not what the rule gives; `left`: who left the task, and when."""
    pairs = [
        ("ranking", view.ranking, computed.ranking),
        ("committee", view.elected.get("committee"), computed.committee),
        ("leader", view.elected.get("leader"), computed.leader),
    ]
    for term in view.terms:
        committee, leader = of_term(view, term, computed, left)
        pairs += [
            (f"committee of term {term.term}", term.committee, committee),
            (f"leader of term {term.term}", term.leader, leader),
        ]
    return [
        f"{what}: the ledger has {found}, the rule gives {right}"
        for what, found, right in pairs
        if found != right
    ]


def of_term(
    view: Committee, term: Term, computed: Computed, left: Sequence[Left]
) -> tuple[list[str], str]:
    """Committee and leader of a term: the first one's, or those without who is out or had left."""
    if term.term == 1:
        return computed.committee, computed.leader
    out = {one.participant for one in term.replaced} | set(_gone(term, left))
    return _seats(view, computed.ranking, out, len(computed.committee))


def _gone(term: Term, left: Sequence[Left]) -> Iterator[str]:
    """Who had left when a term was opened.

    The ledger goes by the order in which transactions are committed. Times tell it only where they
    are far enough apart; in between, who has no seat is taken to have left before.
    """
    for one in left:
        later_ms = one.left_at_ms - term.opened_at_ms
        unseated = one.participant not in term.committee
        if later_ms < -TOLERANCE_MS or (unseated and later_ms <= TOLERANCE_MS):
            yield one.participant
