"""What a round makes of its participants: shares of the reward and reputations, reckoned anew."""

from collections import Counter
from statistics import median

from tests.scenario.consortium_at_work import UNIT, AtWork
from weftwork.ledger.records import Fault, RoundRecord, Standing, Task
from weftwork.units import MILLION

# What the task's terms give to those who decide a round, and what faults cost: parts per million.
COMMITTEE_FEE, LEADER_FEE = 100_000, 50_000
REJECTED = UNAVAILABLE = 50_000
FALSE_WITNESS, FALSE_LEADER = 100_000, 250_000


def faults(found: list[Fault]) -> list[tuple[str, str]]:
    return [(one.participant, one.fault) for one in found]


def standing(standings: list[Standing], name: str) -> Standing:
    return next(one for one in standings if one.participant == name)


def share(record: RoundRecord, name: str) -> int:
    return standing(record.standings, name).share_ppm


def fee(seats: int) -> int:
    """Of one of those that were elected."""
    return COMMITTEE_FEE // seats


def provided(record: RoundRecord, name: str) -> int:
    """What a provider's update alone earns of the round's pot."""
    added = _added(record)
    pot = MILLION - COMMITTEE_FEE - LEADER_FEE
    return pot * added.get(name, 0) // sum(added.values())


def _added(record: RoundRecord) -> dict[str, int]:
    """What those have added so far whose updates are in the round's aggregate."""
    return {name: standing(record.standings, name).added_micro for name in record.contributors}


async def lost_by(at_work: AtWork, record: RoundRecord, name: str) -> int:
    """What the round took of a reputation, beside what its update made of it."""
    committee = await at_work.ledger.committees.get(record.task, record.round)
    before = standing(committee.standings, name).reputation
    return before + moved(record, name, before) - standing(record.standings, name).reputation


def moved(record: RoundRecord, name: str, reputation: int) -> int:
    """An eighth of the way to the quality of an accepted update; no rise if it added nothing."""
    added = _added(record)
    if name not in added or not any(added.values()):
        return 0
    half = int(median(added.values())) // 2
    quality = added[name] * MILLION // max(added[name] + half, 1)
    way = int((quality - reputation) / 8)
    now = next(one.contribution_micro for one in record.accepted if one.participant == name)
    return way if now > 0 else min(way, 0)


async def assert_paid(at_work: AtWork, task: str) -> dict[str, int]:
    """Every account has what it had when the task was published, and its pay; who got what.

    The pay is reckoned from the shares in the rounds' records: the settlement is not asked. Nothing
    is in escrow for the task any more; all that was ever deposited is there.
    """
    ended = await at_work.ledger.tasks.get(task)
    pay = earned(ended, await at_work.ledger.rounds.list(task))
    found = await at_work.money()
    for name, before in at_work.money_before[task].items():
        cost = sum(pay.values()) if name == ended.requester else 0
        now, own = found[name], pay.get(name, 0)
        assert (now.free, now.escrow) == (before.free + own - cost, before.escrow), name
        assert now.earned == before.earned + own, name
    audit = await at_work.ledger.accounts.audit(UNIT)
    assert audit.holds
    assert audit.free + audit.escrow == sum(one.free + one.escrow for one in found.values())
    return pay


def earned(ended: Task, records: list[RoundRecord]) -> dict[str, int]:
    """Of the reward, rounded down: a million shares a round, of the rounds that were to be.

    A task that has reached its target has had all of them.
    """
    if not records:
        return {}
    planned = len(records) if ended.state == "FINISHED" else ended.definition.training.rounds
    earnable = ended.definition.reward.amount * len(records) // planned
    shares: Counter[str] = Counter()
    for record in records:
        shares.update({one.participant: one.share_ppm for one in record.standings})
    return {name: earnable * own // (MILLION * len(records)) for name, own in shares.items()}
