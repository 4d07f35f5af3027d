"""The node that leads is killed in mid-round, at each stage; its task goes on and is finished."""

import time

import pytest

from tests.scenario.consortium_at_work import FACTORIES, AtWork

ROUND = 2

# The event after which the leader of round 2 is killed, and the round that the event belongs to.
MOMENTS = [
    pytest.param("Committed", ROUND - 1, id="while-it-trains"),
    pytest.param("UpdateSubmitted", ROUND, id="while-updates-come-in"),
    pytest.param("AggregateProposed", ROUND, id="before-it-commits"),
]


@pytest.mark.parametrize(("event", "number"), MOMENTS)
async def test_a_killed_leader_finishes_its_round(at_work: AtWork, event: str, number: int) -> None:
    # Long enough epochs that the round is still going on when the signal arrives.
    task = await at_work.publish(training__rounds=3, training__local_epochs=40)
    await at_work.next_event(task, event, number)
    leader = (await at_work.ledger.rounds.get(task, ROUND)).leader
    await at_work.kill(leader)

    ended = await at_work.finished(task)
    records = await at_work.assert_sound(ended)
    assert records[ROUND - 1].leader == leader
    assert [record.accepted for record in records] == [list(FACTORIES)] * 3


async def test_a_provider_killed_in_its_training_trains_again(at_work: AtWork) -> None:
    task = await at_work.publish(training__rounds=1, training__local_epochs=200)
    await at_work.next_event(task, "Started", 1)
    leader = (await at_work.ledger.rounds.get(task, 1)).leader
    other = next(name for name in FACTORIES if name != leader)
    await at_work.kill(other)
    ended = await at_work.finished(task)
    [record] = await at_work.assert_sound(ended)
    assert record.accepted == list(FACTORIES)


async def test_a_provider_that_stays_away_is_named_as_missing(at_work: AtWork) -> None:
    task = await at_work.publish(
        training__rounds=1,
        training__batch_size=32,
        training__local_epochs=3000,
        participants__min=2,
        round_seconds=15,
    )
    await at_work.next_event(task, "Started", 1)
    leader = (await at_work.ledger.rounds.get(task, 1)).leader
    away = next(name for name in FACTORIES if name != leader)
    at_work.stop(away)
    try:
        ended = await at_work.finished(task)
    finally:
        await at_work.start(away)
    [record] = await at_work.assert_sound(ended)
    assert record.missing == [away]
    assert record.accepted == [name for name in FACTORIES if name != away]


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
        store = at_work.consortium.home.site("requester").component("node") / "store" / "sha256"
        return all((store / one.digest[:2] / one.digest).exists() for one in records)

    await at_work.until(kept, "the archive has fetched every model that it missed")
