"""The whole consortium is stopped in mid-task, and started again."""

from pathlib import Path

from tests.scenario.consortium_at_work import EVERYONE, FACTORIES, AtWork


async def test_a_task_survives_down_and_up(at_work: AtWork, chaincode: Path) -> None:
    # Whatever is under way, all are back before its deadline.
    patient = {"round_seconds": 300, "governance": {"stage_seconds": 300}}
    task = await at_work.publish(training__rounds=4, training__local_epochs=20, **patient)
    await at_work.next_event(task, "UpdateSubmitted", 2)
    at_work.consortium.down()
    at_work.consortium.up(chaincode, nodes=True)
    await at_work.start(*EVERYONE)

    ended = await at_work.finished(task)
    records = await at_work.assert_sound(ended)
    assert [record.contributors for record in records] == [list(FACTORIES)] * 4
