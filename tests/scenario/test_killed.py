"""The node that leads is killed in mid-round, at each stage; its task goes on and is finished.

A node is paused first: only then what the ledger says of the round still holds when it is killed.
"""

import asyncio
import time

from tests.scenario.consortium_at_work import FACTORIES, PATIENCE_SECONDS, AtWork

# The lot that the demo's seed draws for round 1; and one for whom nobody waits then.
LEADER, LATE = "factory1", "factory3"


async def test_a_leader_killed_while_it_trains_finishes_its_round(at_work: AtWork) -> None:
    task = await at_work.publish(training__rounds=2, training__local_epochs=100)
    leader = (await at_work.opened(task, 2)).leader
    with at_work.paused(leader):
        found = await at_work.ledger.rounds.get(task, 2)
        assert found.state == "OPEN"
        assert leader in found.missing, "it still trains"
        await at_work.kill(leader)
    await goes_on(at_work, task, 2, leader)


async def test_a_leader_killed_while_updates_come_in_finishes_its_round(at_work: AtWork) -> None:
    async with at_work.begun_without(LATE, training__rounds=2) as task:  # so round 1 stays open
        await at_work.next_event(task, "UpdateSubmitted", 1)
        with at_work.paused(LEADER):
            found = await at_work.ledger.rounds.get(task, 1)
            assert (found.state, found.leader) == ("OPEN", LEADER)
            assert found.updates
            assert LATE in found.missing
            await at_work.kill(LEADER)
    await goes_on(at_work, task, 1, LEADER)


async def test_a_leader_killed_before_it_commits_finishes_its_round(at_work: AtWork) -> None:
    async with at_work.begun_without(LATE, training__rounds=2) as task:
        # The leader has nothing to propose before this one is back.
        await at_work.next_event(task, "UpdateSubmitted", 1)

    async def caught() -> bool:
        # It runs for less than a transaction takes: what it proposes, it cannot commit at once.
        await asyncio.sleep(0.03)
        with at_work.paused(LEADER):
            await asyncio.sleep(0.2)
            found = await at_work.ledger.rounds.get(task, 1)
            assert found.state in {"OPEN", "PROPOSED"}
            if found.state == "PROPOSED":
                assert found.leader == LEADER
                await at_work.kill(LEADER)
        return found.state == "PROPOSED"

    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await caught():
            pass
    await goes_on(at_work, task, 1, LEADER)


async def goes_on(at_work: AtWork, task: str, number: int, leader: str) -> None:
    """The task ends as if nothing had happened, that round under the same leader."""
    records = await at_work.assert_sound(await at_work.finished(task))
    assert records[number - 1].leader == leader
    assert [record.accepted for record in records] == [list(FACTORIES)] * 2


async def test_a_provider_killed_in_its_training_trains_again(at_work: AtWork) -> None:
    task = await at_work.publish(training__rounds=1, training__local_epochs=100)
    leader = (await at_work.opened(task, 1)).leader
    other = next(name for name in FACTORIES if name != leader)
    with at_work.paused(other):
        assert other in (await at_work.ledger.rounds.get(task, 1)).missing
        await at_work.kill(other)
    ended = await at_work.finished(task)
    [record] = await at_work.assert_sound(ended)
    assert record.accepted == list(FACTORIES)


async def test_a_provider_that_stays_away_is_named_as_missing(at_work: AtWork) -> None:
    changes = {"training__rounds": 1, "participants__min": 2, "round_seconds": 15}
    async with at_work.begun_without(LATE, **changes) as task:
        ended = await at_work.finished(task)
    [record] = await at_work.assert_sound(ended)
    assert record.missing == [LATE]
    assert record.accepted == [name for name in FACTORIES if name != LATE]


async def test_a_node_told_to_stop_in_its_training_does_so_at_once(at_work: AtWork) -> None:
    task = await at_work.publish(training__rounds=1, training__local_epochs=4000)
    await at_work.next_event(task, "Started", 1)
    begun = time.monotonic()
    at_work.stop("factory1")
    seconds = time.monotonic() - begun
    try:
        assert seconds < 5
        assert "Traceback" not in at_work.log("factory1")
        assert at_work.log("factory1").rstrip().splitlines()[-1].split()[3] == "stopped"
    finally:
        await at_work.ledger.tasks.cancel(task, "the test is over")
        await at_work.start("factory1")


async def test_the_requester_may_be_away_and_the_archive_too(at_work: AtWork) -> None:
    task = await at_work.publish(training__rounds=3)
    await at_work.next_event(task, "Started", 1)
    at_work.stop("requester")
    try:
        ended = await at_work.finished(task)
    finally:
        await at_work.start("requester")
    records = await at_work.assert_sound(ended)
    assert len(records) == 3

    async def kept() -> bool:
        return all(at_work.artifact("requester", one.digest).exists() for one in records)

    await at_work.until(kept, "the archive has fetched every model that it missed")
