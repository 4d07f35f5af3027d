"""An owner's policy, on a real node: who asks for more is not joined, or left."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest_asyncio
import yaml

from tests.scenario.consortium_at_work import AtWork

OWNER, OTHERS = "factory3", ["factory1", "factory2"]
WAITED_FOR = "factory2"
TERMS = {"participants__min": 2, "training__rounds": 2, "target_accuracy": 1}
ALLOWED = "purposes: [demonstration]\nmax_total_epochs: 10\n"


@pytest_asyncio.fixture
async def policy(at_work: AtWork) -> AsyncIterator[Path]:
    """The policy file of factory3's node, which reads it anew."""
    file = at_work.node_file(OWNER)
    before = file.read_text()
    policy = file.parent / "policy.yaml"
    policy.write_text(ALLOWED)
    file.write_text(yaml.safe_dump(yaml.safe_load(before) | {"policy": policy.name}))
    at_work.stop(OWNER)
    await at_work.start(OWNER)
    yield policy
    file.write_text(before)
    policy.unlink()
    at_work.stop(OWNER)
    await at_work.start(OWNER)


async def checked(at_work: AtWork, task: str) -> tuple[int, list[str], dict[str, Any]]:
    """`policy check`: its exit code, the rules that refuse, and all of it."""
    arguments = ("policy", "check", task, "--json", "--config", str(at_work.node_file(OWNER)))
    code, document, said = await at_work.run("provider_node", *arguments)
    assert said == ""
    return code, [one["rule"] for one in document["rules"] if not one["allowed"]], document


async def test_a_task_outside_the_policy_is_not_joined(at_work: AtWork, policy: Path) -> None:
    task = await at_work.publish(purpose="face recognition", participants__join_seconds=10, **TERMS)
    with at_work.paused("requester"):  # which would start it without factory3 meanwhile
        code, refusing, document = await checked(at_work, task)
    assert (code, refusing, document["allowed"]) == (5, ["purposes"], False)
    finished = await at_work.finished(task)
    assert finished.participants == OTHERS
    assert [one.participant for one in finished.joined if one.participant == OWNER] == []
    reason = "purposes: the task's purpose is 'face recognition'; the policy allows 'demonstration'"

    async def said() -> bool:
        return reason in at_work.log(OWNER)

    await at_work.until(said, f"{OWNER} has said why")


async def test_a_task_that_the_policy_comes_to_forbid_is_left(
    at_work: AtWork, policy: Path
) -> None:
    """From the next round on, and nobody else learns which rule it was."""
    async with at_work.begun_without(WAITED_FOR, **TERMS) as task:
        code, refusing, _ = await checked(at_work, task)
        assert (code, refusing) == (0, [])
        await at_work.until(partial(handed_in, at_work, task), f"{OWNER} has handed in")
        policy.write_text("purposes: [energy]\n")
        code, refusing, _ = await checked(at_work, task)
        assert (code, refusing) == (5, ["purposes"])
    finished = await at_work.finished(task)
    first, second = await at_work.assert_sound(finished)
    [left] = finished.left
    assert (left.participant, left.reason) == (OWNER, "the owner's policy no longer allows it")
    assert OWNER in first.contributors
    assert (second.contributors, second.left) == (OTHERS, [OWNER])
    assert "the policy allows 'energy'" in at_work.log(OWNER)


async def handed_in(at_work: AtWork, task: str) -> bool:
    updates = (await at_work.ledger.rounds.get(task, 1)).updates
    return OWNER in [one.participant for one in updates]
