"""The demo's job, as the demo runs it: publish, train over three factories, fetch the model."""

import hashlib
from pathlib import Path

import yaml

from tests.scenario.consortium_at_work import FACTORIES, AtWork


async def test_three_factories_learn_the_digits_together(at_work: AtWork, tmp_path: Path) -> None:
    task = await at_work.publish(training__seed=4)  # the demo's: there with rounds to spare
    ended = await at_work.finished(task)
    records = await at_work.assert_sound(ended)

    assert len(records) <= ended.definition.training.rounds <= 10
    assert all(record.contributors == list(FACTORIES) for record in records)
    assert len({record.leader for record in records}) > 1, "others get a turn"
    assert ended.accuracy_ppm >= 900_000

    await at_work.requester_cli("fetch-model", task, "--output", str(tmp_path))
    model = (tmp_path / "model.safetensors").read_bytes()
    assert hashlib.sha256(model).hexdigest() == ended.model.digest
    card = yaml.safe_load((tmp_path / "model-card.yaml").read_text())
    assert ended.model.digest in str(card)


async def test_a_task_ends_early_at_its_target(at_work: AtWork) -> None:
    ended = await at_work.finished(await at_work.publish(target_accuracy=0.3))
    records = await at_work.assert_sound(ended)
    assert ended.accuracy_ppm >= 300_000
    assert len(records) < ended.definition.training.rounds


async def test_a_task_without_validation_data_is_trained_blind(at_work: AtWork) -> None:
    task = await at_work.publish(validation=None, target_accuracy=0, training__rounds=2)
    ended = await at_work.finished(task)
    records = await at_work.assert_sound(ended)
    assert [record.accuracy_ppm for record in records] == [-1, -1]


async def test_two_tasks_run_side_by_side(at_work: AtWork) -> None:
    tasks = [await at_work.publish(training__rounds=2, training__seed=seed) for seed in (1, 2)]
    ended = [await at_work.finished(task) for task in tasks]
    for one in ended:
        await at_work.assert_sound(one)
    assert ended[0].model != ended[1].model
