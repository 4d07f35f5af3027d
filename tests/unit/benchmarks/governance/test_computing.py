"""The pieces of a round run by the product's own trainer, and are timed."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.governance.computing import Desk, Plan
from benchmarks.governance.tasks import CLASSES, TASKS, Task
from provider_node.trainer import TrainerProcess
from weftwork.learning.models import problems

SMALL = Task("cnn", {"height": 8, "width": 8}, (1, 8, 8))
FEW = Plan(providers=3, samples=64, epochs=1, validation=40, sketched=32, turns=1)


async def test_a_small_round(tmp_path: Path) -> None:
    async with TrainerProcess() as trainer:
        desk = Desk(SMALL, FEW, tmp_path, trainer)
        assert await desk.train() > 0
        update = await desk.collect()
        assert update.stat().st_size > 4 * 1000
        seconds, accepted = await desk.judge()
        assert seconds > 0
        assert 0 <= accepted <= 2
        assert await desk.aggregate() > 0


@pytest.mark.parametrize("name", TASKS)
def test_each_model_fits_its_samples_and_has_about_a_million_weights(name: str) -> None:
    from weftwork.learning.models import build

    task = TASKS[name]
    assert problems(task.spec, task.schema) == []
    weights = sum(one.numel() for one in build(task.spec).parameters())
    assert weights == pytest.approx(1_000_000, rel=0.05)


def test_samples_are_of_all_classes_and_the_same_for_the_same_seed() -> None:
    one, again, other = (SMALL.samples(20, seed) for seed in (1, 1, 2))
    assert one.x.shape == (20, 1, 8, 8)
    assert sorted(set(one.y.tolist())) == list(range(CLASSES))
    assert np.array_equal(one.x, again.x)
    assert not np.array_equal(one.x, other.x)
