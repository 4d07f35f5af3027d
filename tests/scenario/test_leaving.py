"""A provider withdraws from a running task, which goes on without it."""

from tests.scenario.consortium_at_work import AtWork

LEAVER, WAITED_FOR = "factory3", "factory1"
REASON = "our plant is closed"


async def test_a_task_goes_on_without_a_provider_that_left(at_work: AtWork) -> None:
    terms = {"participants__min": 2, "training__rounds": 3, "target_accuracy": 1}
    async with at_work.begun_without(WAITED_FOR, **terms) as task:
        await leave_and_repeat(at_work, task)
    finished = await at_work.finished(task)
    records = await at_work.assert_sound(finished)
    assert [(one.participant, one.reason) for one in finished.left] == [(LEAVER, REASON)]
    assert LEAVER in records[0].sampled
    assert LEAVER not in records[-1].sampled
    assert records[-1].accepted == sorted({"factory1", "factory2"})


async def leave_and_repeat(at_work: AtWork, task: str) -> None:
    """The same again is no other leaving; another reason would be."""
    leave = ("leave", task, "--json", "--config", str(at_work.node_file(LEAVER)))
    code, left, said = await at_work.run("provider_node", *leave, "--reason", REASON)
    assert (code, left["outcome"]) == (0, "recorded"), said
    code, again, _ = await at_work.run("provider_node", *leave, "--reason", REASON)
    assert (code, again["outcome"]) == (0, "already-recorded")
    code, _, said = await at_work.run("provider_node", *leave, "--reason", "another")
    assert code == 5
    assert "ALREADY_EXISTS" in said
