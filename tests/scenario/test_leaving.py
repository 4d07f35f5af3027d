"""Providers withdraw from a running task, of their own will or because they cannot deliver."""

from functools import partial

from tests.scenario.consortium_at_work import FACTORIES, AtWork
from weftwork.ledger.records import RoundRecord

LEAVER, WAITED_FOR, OTHERS = "factory3", "factory2", ["factory1", "factory2"]
TERMS = {"participants__min": 2, "training__rounds": 3, "target_accuracy": 1}
REASON = "our plant is closed"
# Each step takes the weights ten thousand times further from where they came from.
UNSTABLE = {"name": "fedprox", "mu": 10}


async def test_a_task_goes_on_without_a_provider_that_left(at_work: AtWork) -> None:
    """It had handed in nothing: its round does not wait for it, and names it."""
    async with at_work.begun_without(LEAVER, **TERMS, round_seconds=120) as task:
        await leave_and_repeat(at_work, task)
        finished = await at_work.finished(task)
    first, *later = await at_work.assert_sound(finished)
    assert [(one.participant, one.reason) for one in finished.left] == [(LEAVER, REASON)]
    assert LEAVER in first.sampled
    assert (first.left, first.missing) == ([LEAVER], [])
    for record in (first, *later):
        assert record.contributors == OTHERS
        assert record.next_participants == ([] if record.outcome == "FINAL" else OTHERS)
    assert_out_of(later)


async def test_an_update_from_before_the_leaving_counts_in_its_round_only(at_work: AtWork) -> None:
    """Consent is withdrawn for what comes; what was handed in by then is part of its round."""
    async with at_work.begun_without(WAITED_FOR, **TERMS) as task:
        await at_work.until(partial(handed_in, at_work, task), f"{LEAVER} has handed in")
        await leave_and_repeat(at_work, task)
    finished = await at_work.finished(task)
    first, *later = await at_work.assert_sound(finished)
    assert [(one.participant, one.reason) for one in finished.left] == [(LEAVER, REASON)]
    assert LEAVER in [one.participant for one in first.submitted]
    assert (LEAVER in first.contributors, first.left) == (True, [])
    assert first.next_participants == OTHERS
    assert_out_of(later)


async def handed_in(at_work: AtWork, task: str) -> bool:
    updates = (await at_work.ledger.rounds.get(task, 1)).updates
    return LEAVER in [one.participant for one in updates]


def assert_out_of(later: list[RoundRecord]) -> None:
    """Nothing of the leaver's is in these rounds, and nothing was expected of it."""
    assert [record.round for record in later] == [2, 3]
    for record in later:
        assert record.sampled == OTHERS
        named = {*record.contributors, *record.missing, *record.left, *record.next_participants}
        assert LEAVER not in named | {one.participant for one in record.submitted}
        assert LEAVER not in {one.participant for one in record.rejected}


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


async def test_providers_whose_training_diverges_leave_and_say_so(at_work: AtWork) -> None:
    """Nobody could go on: the requester is told, and not kept waiting for ever."""
    task = await at_work.publish(
        training__learning_rate=1000, training__strategy=UNSTABLE, round_seconds=15
    )
    reason = "its training left the finite numbers"

    async def all_have_left() -> bool:
        return len((await at_work.ledger.tasks.get(task)).left) == 3

    await at_work.until(all_have_left, "all have left")
    left = (await at_work.ledger.tasks.get(task)).left
    assert sorted((one.participant, one.reason) for one in left) == [(n, reason) for n in FACTORIES]
    assert "given up, until the next round or start" in at_work.log("factory1")
    shown = await at_work.shown("show-task", task)
    assert f"factory1 ({reason})" in shown
    await at_work.shown("cancel-task", task, "--reason", "the learning rate is too large")
