"""Private training among real nodes: what is recorded, what is spent, and what cannot be had."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from safetensors import safe_open

from tests.scenario.consortium_at_work import FACTORIES, AtWork
from tests.unit.learning.examples import FACTORIES as CLASSES
from tests.unit.learning.examples import digits
from weftwork.learning.privacy.mechanism import Mechanism
from weftwork.learning.privacy.spends import Entry, Spends
from weftwork.ledger.records import RoundRecord, Task

DATA = "digits"
EPSILON = 2
BUDGET_MICRO = EPSILON * 1_000_000
# One step an epoch, for which all samples are taken: each round costs every provider the same.
PRIVATE = {
    "privacy": {"mode": "ddp-sgd", "epsilon": EPSILON, "delta": "1e-5"},
    "training__batch_size": 1000,
    "training__learning_rate": 0.5,
    "training__momentum": 0,
    "target_accuracy": 1,
}
EPOCHS, SOME = 400, 10
DLMU = {"training__strategy": {"name": "dlmu", "tau": 0.1}}


def book(at_work: AtWork, organisation: str) -> Spends:
    """What the data sets of an organisation have spent."""
    return Spends(at_work.store(organisation) / "privacy")


def booked(at_work: AtWork, organisation: str, what: str) -> list[Entry]:
    """The entries whose keys begin like this."""
    entries = book(at_work, organisation).entries(DATA)
    return [one for one in entries if one.key.startswith(what)]


async def test_each_round_records_what_every_provider_has_spent(at_work: AtWork) -> None:
    task = await at_work.publish(**PRIVATE, **DLMU, training__rounds=3)
    ended = await at_work.finished(task)
    records = await at_work.assert_sound(ended)
    budgets = {one.participant: one.join.privacy_budget.epsilon_micro for one in ended.joined}
    assert budgets == dict.fromkeys(FACTORIES, BUDGET_MICRO)
    for name in FACTORIES:
        spent = spends(records, name)
        assert spent == sorted(set(spent)), "it grows from round to round"
        assert 0.9 * BUDGET_MICRO < spent[-1] <= BUDGET_MICRO
        assert len(booked(at_work, name, f"{task}/round/")) == len(records)
    for record in records:
        for update in record.submitted:
            said = update.privacy.model_dump() | {"epsilon_micro": 0}
            assert said == {
                "mode": "ddp-sgd",
                "epsilon_micro": 0,
                "delta": "0.00001",
                "neighbouring": "add-or-remove-one",
                "guarantee": True,
            }
    betas = [figure(records, name, "dlmu.beta_micro") for name in FACTORIES]
    assert all(first == 0 and min(later) > 0 for first, *later in betas)
    await nothing_else_is_told(ended, records)
    await a_person_is_told(at_work, task)


def spends(records: list[RoundRecord], name: str) -> list[int]:
    """What a provider had spent after each round, in millionths."""
    updates = (one for record in records for one in record.submitted if one.participant == name)
    return [one.privacy.epsilon_micro for one in updates]


def figure(records: list[RoundRecord], name: str, key: str) -> list[int]:
    """One of a provider's figures, round by round."""
    updates = (one for record in records for one in record.submitted if one.participant == name)
    return [one.metrics[key] for one in updates]


async def nothing_else_is_told(task: Task, records: list[RoundRecord]) -> None:
    """No loss, no number of steps, and the number of samples only with noise."""
    told = {one.participant: one.join.samples for one in task.joined}
    exact = {name: len(digits(classes=CLASSES[name])) for name in FACTORIES}
    assert told != exact  # by chance they are equal once in a hundred thousand times
    assert all(abs(told[name] - exact[name]) < 200 for name in FACTORIES)
    figures = {"beta_micro", "divergence_micro", "saturated"}
    for update in (one for record in records for one in record.submitted):
        assert update.samples == told[update.participant]
        keys = {f"dlmu.{key}" for key in figures} | {"privacy.threshold_micro"}
        assert set(update.metrics) == keys
        assert update.metrics["privacy.threshold_micro"] > 0


async def a_person_is_told(at_work: AtWork, task: str) -> None:
    shown = await at_work.shown("show-task", task)
    assert "ddp-sgd: epsilon 2, delta 0.00001, add-or-remove-one sample" in shown
    lines = [line.split() for line in shown.splitlines()]
    heading = ["provider", "added", "beta", "divergence", "clipped", "at", "epsilon", "spent"]
    rows = lines[lines.index(heading) + 1 :][: len(FACTORIES)]
    assert [row[0] for row in rows] == list(FACTORIES)
    for row in rows:
        assert float(row[2]) > 0
        assert 0.9 * EPSILON < float(row[5]) <= EPSILON
        assert row[6:] == ["of", str(EPSILON)]


async def test_a_provider_killed_in_private_training_goes_on_and_spends_once(
    at_work: AtWork,
) -> None:
    task = await at_work.publish(**PRIVATE, training__rounds=1, training__local_epochs=EPOCHS)
    leader = (await at_work.opened(task, 1)).leader
    killed = next(name for name in FACTORIES if name != leader)
    checkpoint = at_work.store(killed) / "memory" / task / "checkpoint"

    async def begun() -> bool:
        return epochs(checkpoint) > SOME

    await at_work.until(begun, f"{killed} is in the midst of its training")
    with at_work.paused(killed):
        assert killed in (await at_work.ledger.rounds.get(task, 1)).missing
        assert len(booked(at_work, killed, f"{task}/round/1/")) == 1, "paid for before it is used"
        done = epochs(checkpoint)
        await at_work.kill(killed)
    ended = await at_work.finished(task)
    [record] = await at_work.assert_sound(ended)
    assert record.contributors == list(FACTORIES)
    assert resumed_after(at_work, killed, task) >= done
    assert len(booked(at_work, killed, f"{task}/")) == 2, "its joining and its only round"
    assert len({one.privacy.epsilon_micro for one in record.submitted}) == 1
    assert not (checkpoint.parent / "checkpoint").exists()


def epochs(checkpoint: Path) -> int:
    """How many are done; 0 before the first."""
    if not checkpoint.exists():
        return 0
    with safe_open(checkpoint, framework="np") as file:  # type: ignore[no-untyped-call]
        return int(json.loads(file.metadata()["training"])["epochs"])


def resumed_after(at_work: AtWork, organisation: str, task: str) -> int:
    """The epoch after which the log says that the node went on."""
    [line] = [one for one in log_of(at_work, organisation, task) if " resumed " in one]
    [epoch] = [word for word in line.split() if word.startswith("after_epoch=")]
    return int(epoch.partition("=")[2])


def log_of(at_work: AtWork, organisation: str, task: str) -> list[str]:
    lines = at_work.log(organisation).splitlines()
    return [line for line in lines if f"task={task}" in line.split()]


@asynccontextmanager
async def spent_elsewhere(at_work: AtWork, organisation: str) -> AsyncIterator[None]:
    """In the block another task has used up what the data set of a running node had left."""
    book(at_work, organisation).record(DATA, Entry("elsewhere", (Mechanism(1.0, 0.2),), "ddp-sgd"))
    try:
        yield
    finally:
        file = at_work.store(organisation) / "privacy" / f"{DATA}.jsonl"
        kept = [line for line in file.read_bytes().splitlines(True) if b'"elsewhere"' not in line]
        file.write_bytes(b"".join(kept))


async def test_a_data_set_whose_budget_ends_leaves_and_the_task_goes_on(at_work: AtWork) -> None:
    poor, late = "factory3", "factory2"
    changes = {"training__rounds": 3, "participants__min": 2}
    async with AsyncExitStack() as meanwhile:
        async with at_work.begun_without(late, **PRIVATE, **changes) as task:
            await submitted(at_work, task, 1, poor)
            await meanwhile.enter_async_context(spent_elsewhere(at_work, poor))
        ended = await at_work.finished(task)
    records = await at_work.assert_sound(ended)
    [left] = ended.left
    assert left.participant == poor
    assert left.reason == "privacy budget: not enough is left for round 2"
    assert [poor in record.contributors for record in records] == [True, False, False]
    assert records[-1].contributors == [name for name in FACTORIES if name != poor]
    assert len(booked(at_work, poor, f"{task}/round/")) == 1, "what it could not pay is not booked"
    assert any(" left " in line for line in log_of(at_work, poor, task))
    assert f"{poor} (privacy budget: " in await at_work.shown("show-task", task)


async def submitted(at_work: AtWork, task: str, number: int, name: str) -> None:
    """Wait until a provider has submitted its update of a round."""

    async def there() -> bool:
        return name not in (await at_work.ledger.rounds.get(task, number)).missing

    await at_work.until(there, f"{name} has submitted")


@asynccontextmanager
async def owned(at_work: AtWork, organisation: str, **privacy: Any) -> AsyncIterator[None]:
    """In the block the owner of a node has these limits."""
    file = at_work.node_file(organisation)
    before = file.read_text()
    at_work.stop(organisation)
    file.write_text(yaml.safe_dump(yaml.safe_load(before) | {"privacy": privacy}))
    try:
        await at_work.start(organisation)
        yield
    finally:
        at_work.stop(organisation)
        file.write_text(before)
        await at_work.start(organisation)


async def test_a_node_whose_owner_forbids_the_mode_stands_aside_and_says_why(
    at_work: AtWork,
) -> None:
    strict, others = "factory3", ["factory1", "factory2"]
    changes = {"training__rounds": 1, "participants__min": 2, "participants__join_seconds": 5}
    async with owned(at_work, strict, modes=["none", "client-level"]):
        task = await at_work.publish(**PRIVATE, **changes)
        ended = await at_work.finished(task)
        [line] = [one for one in log_of(at_work, strict, task) if "not joining" in one]
    assert "privacy.mode is ddp-sgd; privacy.modes allows none, client-level" in line
    assert sorted(one.participant for one in ended.joined) == others
    assert not booked(at_work, strict, task)


@pytest.mark.parametrize("changes", [{}, PRIVATE], ids=["plain", "private"])
async def test_a_provider_started_again_between_rounds_has_its_memory(
    at_work: AtWork, changes: dict[str, Any]
) -> None:
    again, late = "factory2", "factory3"
    changes = {"target_accuracy": 1} | changes | DLMU
    async with at_work.begun_without(late, **changes, training__rounds=3) as task:
        await submitted(at_work, task, 1, again)
        await at_work.kill(again)
    records = await at_work.assert_sound(await at_work.finished(task))
    first, *later = figure(records, again, "dlmu.beta_micro")
    assert first == 0
    assert len(later) == 2
    assert min(later) > 0
