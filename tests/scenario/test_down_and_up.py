"""The whole consortium is stopped in mid-task, and started again."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from tests.scenario.consortium_at_work import EVERYONE, FACTORIES, AtWork, a_follower
from weftwork.ledger.records import Round

TRIES = 4


async def test_a_task_survives_down_and_up(at_work: AtWork, chaincode: Path) -> None:
    # Whoever still trains is back before the deadline.
    task = await at_work.publish(training__rounds=4, training__local_epochs=20, round_seconds=300)
    await at_work.next_event(task, "UpdateSubmitted", 2)
    at_work.consortium.down()
    at_work.consortium.up(chaincode, nodes=True)
    await at_work.start(*EVERYONE)

    ended = await at_work.finished(task)
    records = await at_work.assert_sound(ended)
    assert [record.contributors for record in records] == [list(FACTORIES)] * 4


async def test_a_judgement_goes_on_after_an_outage_that_is_longer_than_its_steps(
    at_work: AtWork, chaincode: Path, tmp_path: Path
) -> None:
    """All are late at once: the committee begins anew, nobody is blamed, and an auditor agrees."""
    async with cut_off_in_mid_judgement(at_work) as stopped:
        at_work.consortium.down()
        assert stopped.term is not None
        await asyncio.sleep(stopped.term.reveal_by_ms / 1000 - time.time())
        at_work.consortium.up(chaincode, nodes=True)
        await at_work.start(*EVERYONE)

    ended = await at_work.finished(stopped.task)
    record, _ = await at_work.assert_sound(ended)
    first, second, *_ = (await at_work.ledger.committees.get(ended.id, 1)).terms
    assert second.opened_at_ms >= first.reveal_by_ms
    assert (second.committee, second.leader) == (first.committee, first.leader)
    assert (second.renewals, second.replaced, second.faults) == (1, [], [])
    assert record.term > 1
    assert record.contributors == list(FACTORIES)
    bundle = str(tmp_path / "bundle.tar")
    await at_work.requester_cli("export", ended.id, "-o", bundle)
    verifying = ("verify", ended.id, "--bundle", bundle, "--json")
    code, report, said = await at_work.run("requester_cli", *verifying)
    assert (code, report["holds"]) == (0, True), said


@asynccontextmanager
async def cut_off_in_mid_judgement(at_work: AtWork) -> AsyncIterator[Round]:
    """Round 1 of a task of two, whose committee is killed while it scores; it stays away."""
    async with AsyncExitStack() as meanwhile:
        for _ in range(TRIES):
            async with at_work.begun(training__rounds=2, target_accuracy=1) as opened:
                slow = a_follower(opened)
            submitted = partial(handed_in, at_work, opened.task, slow)
            await at_work.until(submitted, f"{slow} has handed in its update")
            with at_work.paused(slow):  # the others wait for its scores
                await at_work.next_event(opened.task, "Closed", 1)
                for name in FACTORIES:
                    await meanwhile.enter_async_context(at_work.lost(name))
            found = await at_work.ledger.rounds.get(opened.task, 1)
            if found.term and found.term.term == 1 and not found.term.evaluations:
                yield found
                return
            await meanwhile.aclose()
            await at_work.finished(opened.task)
        raise AssertionError(f"never caught in {TRIES} rounds")


async def handed_in(at_work: AtWork, task: str, name: str) -> bool:
    found = await at_work.ledger.rounds.get(task, 1)
    return name in [one.participant for one in found.updates]
