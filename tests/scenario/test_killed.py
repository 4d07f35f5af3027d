"""The node that leads is killed in mid-round, at each stage; its task goes on and is finished.

A node is paused first: only then what the ledger says of the round still holds when it is killed.
It is back within seconds. So it mostly finishes its round, or else its successor does: the record
says which, and why. Nodes that stay away are in `test_governance.py`.
"""

import time
from functools import partial

from tests.scenario.consortium_at_work import FACTORIES, AtWork, a_follower
from tests.scenario.earnings import assert_paid

TRIES = 5
# Time for the others to train on a busy machine: the round lasts as long where somebody is missing.
ROUND_SECONDS = 25
# After that the supervisor ends a program that it has told to stop.
STOP_SECONDS = 10


async def test_a_leader_killed_while_it_trains(at_work: AtWork) -> None:
    task = await at_work.publish(training__rounds=2, training__local_epochs=100)
    leader = (await at_work.opened(task, 2)).leader
    with at_work.paused(leader):
        found = await at_work.ledger.rounds.get(task, 2)
        assert found.state == "OPEN"
        assert leader in found.missing, "it still trains"
        await at_work.kill(leader)
    await goes_on(at_work, task, 2, leader)


async def test_a_leader_killed_while_updates_come_in(at_work: AtWork) -> None:
    # Its round stays open.
    async with at_work.begun_without(a_follower, training__rounds=2) as task:
        leader = (await at_work.ledger.rounds.get(task, 1)).leader
        await at_work.next_event(task, "UpdateSubmitted", 1)
        with at_work.paused(leader):
            found = await at_work.ledger.rounds.get(task, 1)
            assert (found.state, found.leader) == ("OPEN", leader)
            assert found.updates
            assert found.missing
            await at_work.kill(leader)
    await goes_on(at_work, task, 1, leader)


async def test_a_leader_killed_while_it_judges(at_work: AtWork) -> None:
    for _ in range(TRIES):
        # Time for it to come back and give its update to those who have not fetched it yet.
        async with at_work.begun(training__rounds=2, governance={"stage_seconds": 60}) as opened:
            task, leader = opened.task, opened.leader
        await at_work.next_event(task, "Closed", 1)
        with at_work.paused(leader):
            found = await at_work.ledger.rounds.get(task, 1)
            if (found.state, found.leader) == ("EVALUATING", leader):
                await at_work.kill(leader)
                break
        await at_work.finished(task)
    else:
        raise AssertionError(f"{TRIES} rounds were decided before this test had seen them closed")
    await goes_on(at_work, task, 1, leader)


async def test_a_leader_killed_once_it_has_proposed(at_work: AtWork) -> None:
    """The others commit what it proposed, or it does itself: its part is done."""
    task = await at_work.publish(training__rounds=TRIES, target_accuracy=1)
    for number in range(1, TRIES + 1):
        leader = (await at_work.opened(task, number)).leader
        await at_work.next_event(task, "AggregateProposed", number)
        with at_work.paused(leader):
            found = await at_work.ledger.rounds.get(task, number)
            if found.state == "PROPOSED":
                await at_work.kill(leader)
                break
    else:
        raise AssertionError(f"{TRIES} rounds were committed as soon as they were proposed")
    records = await at_work.assert_sound(await at_work.finished(task))
    assert (records[number - 1].leader, records[number - 1].replaced) == (leader, [])
    assert [record.contributors for record in records] == [list(FACTORIES)] * TRIES
    await assert_paid(at_work, task)


async def goes_on(at_work: AtWork, task: str, number: int, leader: str) -> None:
    """Both rounds end with everyone's update, that one by its leader or by a successor."""
    records = await at_work.assert_sound(await at_work.finished(task))
    replaced = [(one.participant, one.fault) for one in records[number - 1].replaced]
    by_itself = records[number - 1].leader == leader
    assert replaced == ([] if by_itself else [(leader, "unavailable")])
    assert [record.contributors for record in records] == [list(FACTORIES)] * 2
    await assert_paid(at_work, task)


async def test_a_provider_killed_in_its_training_trains_again(at_work: AtWork) -> None:
    task = await at_work.publish(training__rounds=1, training__local_epochs=100)
    leader = (await at_work.opened(task, 1)).leader
    other = next(name for name in FACTORIES if name != leader)
    with at_work.paused(other):
        assert other in (await at_work.ledger.rounds.get(task, 1)).missing
        await at_work.kill(other)
    ended = await at_work.finished(task)
    [record] = await at_work.assert_sound(ended)
    assert record.contributors == list(FACTORIES)
    await assert_paid(at_work, task)


async def test_a_provider_that_stays_away_is_named_as_missing(at_work: AtWork) -> None:
    """Its update is missing; where nobody can take its seat, the others decide without it."""
    late = "factory3"
    changes = {"training__rounds": 1, "participants__min": 2, "round_seconds": ROUND_SECONDS}
    async with at_work.begun_without(late, **changes) as task:
        ended = await at_work.finished(task)
    [record] = await at_work.assert_sound(ended)
    others = [name for name in FACTORIES if name != late]
    assert (record.missing, record.contributors) == ([late], others)
    assert sorted(one.participant for one in record.evaluations) == others
    assert [(one.participant, one.fault) for one in record.faults] == [(late, "unavailable")]
    await assert_paid(at_work, task)


async def test_a_node_told_to_stop_in_its_training_does_so_at_once(at_work: AtWork) -> None:
    task = await at_work.publish(training__rounds=1, training__local_epochs=4000)
    await at_work.next_event(task, "Started", 1)
    before = len(at_work.log("factory1"))  # it was killed in other tests
    begun = time.monotonic()
    at_work.stop("factory1")
    seconds = time.monotonic() - begun
    try:
        assert seconds < STOP_SECONDS
        said = at_work.log("factory1")[before:]
        assert "Traceback" not in said
        assert said.rstrip().splitlines()[-1].split()[3] == "stopped"
    finally:
        await at_work.ledger.tasks.cancel(task, "the test is over")
        await at_work.start("factory1")


async def test_the_requester_may_be_away_and_the_archive_too(at_work: AtWork) -> None:
    task = await at_work.publish(training__rounds=3)
    await at_work.next_event(task, "Started", 1)
    await at_work.until(partial(begun_with, at_work, task), "all have what the task begins with")
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


async def begun_with(at_work: AtWork, task: str) -> bool:
    """Whether every factory has the initial model and the validation data: nobody else has them."""
    definition = (await at_work.ledger.tasks.get(task)).definition
    given = [one for one in (definition.initial_model, definition.validation) if one]
    return all(at_work.artifact(name, one.digest).exists() for name in FACTORIES for one in given)
