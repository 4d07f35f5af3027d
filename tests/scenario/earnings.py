"""What a round makes of its participants: shares of the reward and reputations, reckoned anew."""

from tests.scenario.consortium_at_work import AtWork
from weftwork.ledger.records import Fault, RoundRecord, Standing
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


def fee(size: int) -> int:
    return COMMITTEE_FEE // size


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
    """An eighth of the way to the quality of an accepted update."""
    added = _added(record)
    together = sum(added.values())
    if name not in added or not together:
        return 0
    half = together // (2 * len(added))
    quality = added[name] * MILLION // max(added[name] + half, 1)
    return int((quality - reputation) / 8)


async def balance(at_work: AtWork) -> tuple[int, int]:
    """What the requester has, free and in escrow."""
    [found] = (await at_work.requester_cli("balance"))["balances"]
    return found["free"], found["escrow"]


async def assert_paid(at_work: AtWork, last: RoundRecord) -> None:
    """Each got of the reward what its shares of all rounds are, and the requester the rest."""
    settled = (await at_work.requester_cli("payouts", last.task))["settlement"]
    got = {one["participant"]: one["amount"] for one in settled["payouts"]}
    for one in last.standings:
        due = settled["earnable"] * one.points // (MILLION * last.round)
        assert got.get(one.participant, 0) == due
    assert settled["refund"] == settled["amount"] - sum(got.values())
