"""Whoever does not do its part, or not honestly: the round goes on, its record says who did what.

Each test ends with a task that is FINISHED, or HALTED with its reason.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import pytest

from provider_node.journal import Journals
from tests.scenario.consortium_at_work import FACTORIES, AtWork, a_follower, the_leader
from tests.scenario.earnings import (
    FALSE_LEADER,
    FALSE_WITNESS,
    LEADER_FEE,
    REJECTED,
    UNAVAILABLE,
    assert_paid,
    faults,
    fee,
    lost_by,
    provided,
    share,
    standing,
)
from tests.scenario.ordered import order_something
from weftwork.ledger.records import Round, RoundRecord

ONE_ROUND = {"training__rounds": 1, "participants__min": 2, "target_accuracy": 1}
TRIES = 4


def revealed(leader: str, found: Round) -> bool:
    return found.term is not None and leader in [o.participant for o in found.term.evaluations]


def judges(leader: str, found: Round) -> bool:
    return found.state == "EVALUATING" and not revealed(leader, found)


def has_revealed(leader: str, found: Round) -> bool:
    return found.state == "EVALUATING" and revealed(leader, found)


def has_proposed(leader: str, found: Round) -> bool:
    return found.state == "PROPOSED"


async def test_a_leader_that_goes_away_before_it_hands_in(at_work: AtWork) -> None:
    """Its update is missing, and somebody else leads."""
    async with at_work.begun_without(the_leader, **ONE_ROUND, round_seconds=25) as task:
        leader = (await at_work.ledger.rounds.get(task, 1)).leader
        record = await only_record(at_work, task)
    assert record.missing == [leader]
    await assert_replaced(at_work, record, leader, "unavailable", UNAVAILABLE)


@pytest.mark.parametrize("stage", [judges, has_revealed])
async def test_a_leader_that_goes_away_before_it_proposes(
    at_work: AtWork, stage: Callable[[str, Round], bool]
) -> None:
    async with leader_lost(at_work, stage) as (task, leader):
        record = await only_record(at_work, task)
    await assert_replaced(at_work, record, leader, "unavailable", UNAVAILABLE)
    [first, _] = (await at_work.ledger.committees.get(task, 1)).terms
    assert {one.accused for one in first.reports} == {leader}
    assert {one.reason for one in first.reports} <= {"cannot be reached", "does not answer"}


async def test_a_leader_that_goes_away_once_it_has_proposed(at_work: AtWork) -> None:
    """It has done its part, and the others commit."""
    async with leader_lost(at_work, has_proposed) as (task, leader):
        record = await only_record(at_work, task)
    assert (record.leader, record.term, record.replaced, record.faults) == (leader, 1, [], [])
    assert record.committed_by != leader
    assert await lost_by(at_work, record, leader) == 0
    assert share(record, leader) == provided(record, leader) + fee(3) + LEADER_FEE
    await assert_paid(at_work, task)


async def test_a_leader_that_proposes_a_wrong_aggregate(at_work: AtWork) -> None:
    """It is contradicted and deposed, and its successor commits the right one."""
    async with instead(at_work, "lying-leader", the_leader) as (task, liar):
        record = await only_record(at_work, task)
        own = Journals(at_work.store(liar) / "journals").load(task).aggregates[1]
        [first, _] = (await at_work.ledger.committees.get(task, 1)).terms
    await assert_replaced(at_work, record, liar, "wrong-proposal", FALSE_LEADER)
    assert record.digest == own.digest, "the liar knows it, too"
    assert first.proposal is not None
    assert first.proposal.digest != record.digest
    assert {one.digest for one in first.attestations} == {record.digest}


async def test_a_member_that_never_judges(at_work: AtWork) -> None:
    """It is there and cannot be reported: the step's deadline passes."""
    changes = {"governance": {"stage_seconds": 20}}
    async with instead(at_work, "absent-judge", a_follower, **changes) as (task, absent):
        record = await only_record(at_work, task)
    assert faults(record.faults) == [(absent, "unavailable")]
    assert record.contributors == list(FACTORIES)
    assert absent not in {one.participant for one in record.evaluations}
    assert await lost_by(at_work, record, absent) == UNAVAILABLE
    assert share(record, absent) == provided(record, absent)
    await assert_paid(at_work, task)


async def test_a_member_that_attests_without_computing(at_work: AtWork) -> None:
    async with instead(at_work, "lazy-attester", a_follower) as (task, lazy):
        record = await only_record(at_work, task)
    assert (record.term, record.replaced) == (1, [])
    assert faults(record.faults) == [(lazy, "wrong-attestation")]
    attested = {one.participant: one.digest for one in record.attestations}
    assert attested.pop(lazy) == record.base_digest
    assert set(attested.values()) == {record.digest}
    assert await lost_by(at_work, record, lazy) == FALSE_WITNESS
    assert share(record, lazy) == provided(record, lazy)
    await assert_paid(at_work, task)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("mismatch", "digest-mismatch"), ("sender-back", "duplicate"), ("poisoner", "norm-outlier")],
)
async def test_an_update_that_is_no_honest_work_is_rejected(
    at_work: AtWork, kind: str, reason: str
) -> None:
    # No other task's seed: the others must not have the very same update from there.
    async with instead(at_work, kind, a_follower, training__seed=len(kind) + 100) as (task, rascal):
        record = await only_record(at_work, task)
    assert [(one.participant, one.reason) for one in record.rejected] == [(rascal, reason)]
    assert record.contributors == [name for name in FACTORIES if name != rascal]
    assert (record.replaced, record.faults) == ([], [])
    assert await lost_by(at_work, record, rascal) == REJECTED
    assert share(record, rascal) == fee(3), "it has served on the committee, and has that fee only"
    await assert_paid(at_work, task)


async def test_who_replays_anothers_update_of_the_round_before_ends_up_with_its_fees(
    at_work: AtWork,
) -> None:
    """It goes nowhere that an update of this round goes, and so is no duplicate: its score tells.

    Its first update is honest, and what that has added is soon outweighed.
    """
    changes = {"training__rounds": 3, "training__seed": 103}
    async with instead(at_work, "replayer", a_follower, **changes) as (task, thief):
        first, *later = await at_work.assert_sound(await at_work.finished(task))
    assert share(first, thief) > fee(3)
    for record in later:
        assert (record.rejected, record.replaced, record.faults) == ([], [], [])
        [harm] = [one.contribution_micro for one in record.accepted if one.participant == thief]
        assert harm < 0
        assert share(record, thief) < share(first, thief)
        assert await lost_by(at_work, record, thief) == 0, "beside an eighth of the way to nothing"
    last = later[-1]
    assert standing(last.standings, thief).added_micro == 0
    assert share(last, thief) == fee(3) + (LEADER_FEE if last.leader == thief else 0)
    assert standing(last.standings, thief).reputation < standing(first.standings, thief).reputation
    await assert_paid(at_work, task)


async def test_a_round_that_loses_too_many_is_extended_once_and_then_halted(
    at_work: AtWork,
) -> None:
    async with AsyncExitStack() as meanwhile:
        async with at_work.begun(**ONE_ROUND, round_seconds=8) as opened:
            for name in FACTORIES[1:]:
                await meanwhile.enter_async_context(at_work.lost(name))
        ended = await at_work.ended(opened.task)
    assert (ended.state, ended.round) == ("HALTED", 1)
    assert "too-few-updates" in ended.reason
    await at_work.next_event(ended.id, "Halted", 1)
    [extended] = at_work.heard(ended.id, "Extended")
    assert extended.at_ms >= opened.deadline_ms
    assert await assert_paid(at_work, ended.id) == {}, "and the requester has it all back"
    settled = (await at_work.requester_cli("payouts", ended.id))["settlement"]
    assert (settled["refund"], settled["payouts"]) == (settled["amount"], [])
    assert "too-few-updates" in await at_work.shown("show-task", ended.id)


@asynccontextmanager
async def leader_lost(
    at_work: AtWork, stage: Callable[[str, Round], bool]
) -> AsyncIterator[tuple[str, str]]:
    """A task of one round, whose leader is away from this stage on; both names."""
    async with AsyncExitStack() as meanwhile:
        for _ in range(TRIES):
            async with at_work.begun(**ONE_ROUND) as opened:
                task, leader = opened.task, opened.leader
            await at_work.until(partial(passed, at_work, task, stage, leader), "it comes to that")
            with at_work.paused(leader):
                if stage is not has_proposed:
                    await arrived(at_work)
                if stage(leader, await at_work.ledger.rounds.get(task, 1)):
                    await meanwhile.enter_async_context(at_work.lost(leader))
                    yield task, leader
                    return
            await at_work.finished(task)
        raise AssertionError(f"never caught in {TRIES} rounds")


async def arrived(at_work: AtWork) -> None:
    """What a node sent before it was paused is on the ledger, if it will ever be."""
    await asyncio.sleep(1)
    await order_something(at_work)


async def passed(
    at_work: AtWork, task: str, stage: Callable[[str, Round], bool], leader: str
) -> bool:
    found = await at_work.ledger.rounds.get(task, 1)
    return stage(leader, found) or found.state == "COMMITTED"


@asynccontextmanager
async def instead(
    at_work: AtWork, kind: str, who: Callable[[Round], str], **changes: object
) -> AsyncIterator[tuple[str, str]]:
    """A task of one round, in which somebody misbehaves: both names."""
    async with at_work.begun_without(who, **ONE_ROUND | changes) as task:
        name = who(await at_work.ledger.rounds.get(task, 1))
        async with at_work.misbehaving({name: kind}):
            yield task, name


async def only_record(at_work: AtWork, task: str) -> RoundRecord:
    [record] = await at_work.assert_sound(await at_work.finished(task))
    return record


async def assert_replaced(
    at_work: AtWork, record: RoundRecord, leader: str, fault: str, penalty: int
) -> None:
    """Another has led the round to its end, with every update that was handed in and served."""
    late = [one.participant for one in record.rejected]
    assert late == ([] if served(at_work, record, leader) else [leader])
    penalty += REJECTED * len(late)
    assert faults(record.replaced) == faults(record.faults) == [(leader, fault)]
    assert record.term == 2
    assert leader not in record.committee
    assert record.leader == record.committee[0]
    assert record.committed_by != leader
    given = [name for name in FACTORIES if name not in record.missing]
    assert record.contributors == [name for name in given if name not in late]
    assert await lost_by(at_work, record, leader) == penalty
    assert share(record, leader) == provided(record, leader), "and no fee"
    assert share(record, record.leader) == provided(record, record.leader) + fee(3) + LEADER_FEE
    await assert_paid(at_work, record.task)


def served(at_work: AtWork, record: RoundRecord, name: str) -> bool:
    """Whether a provider's update, if it was handed in at all, has come to anybody else."""
    digests = [one.digest for one in record.submitted if one.participant == name]
    others = [other for other in FACTORIES if other != name]
    return all(any(at_work.artifact(o, one).exists() for o in others) for one in digests)
