"""A real worker with a follower: one training by two processes, and the end of either."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from safetensors.numpy import load_file, save_file

from provider_node.trainer import (
    EvaluateJob,
    Means,
    TrainerProcess,
    TrainJob,
)
from tests.unit.learning.examples import SCHEMA, digits, training
from tests.unit.provider_node.trainer.jobs import FOREVER, changed, files, private
from weftwork.errors import EnvironmentFaultError
from weftwork.learning.data import dataset_to_bytes
from weftwork.learning.errors import DivergedError, WeightsError

pytestmark = pytest.mark.xdist_group("crew")  # its workers are started once

TWO = Means(threads=2, processes=2)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def together(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TrainerProcess]:
    scratch = tmp_path_factory.mktemp("scratch")
    async with TrainerProcess(TWO, scratch=scratch) as process:
        yield process
    assert list(scratch.iterdir()) == []


def followers(trainer: TrainerProcess) -> list[int]:
    """The processes whose parent is the worker."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == trainer.pid:
            found.append(int(stat.parent.name))
    return found


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def test_two_processes_train_what_one_does(
    together: TrainerProcess, trainer: TrainerProcess, job: TrainJob
) -> None:
    epochs: list[int] = []
    two = await together.train(job, lambda progress: epochs.append(progress.done))
    by_two = load_file(job.output)
    one = await trainer.train(job)
    by_one = load_file(job.output)
    assert epochs == [1, 2]
    for name, weights in by_one.items():
        np.testing.assert_allclose(by_two[name], weights, rtol=1e-4, atol=1e-6)
    assert (two.samples, two.steps) == (one.samples, one.steps)


async def test_the_follower_stays_warm_and_repeats_its_bits(
    together: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    """Private: both have the secret, and the leader asks once whether it is paid for."""
    protected = private(job, tmp_path / "secret", training(batch_size=64, momentum=0))
    asked: list[str] = []

    async def book(inputs: str) -> None:
        asked.append(inputs)

    one = await together.train(protected, book=book)
    [pid] = followers(together)
    assert await together.train(protected, book=book) == one
    assert len(asked) == 2
    assert asked[0] == asked[1]
    assert followers(together) == [pid]
    assert files(job) == ["base", "secret", "update"]


async def test_other_jobs_are_the_leaders_alone(together: TrainerProcess, job: TrainJob) -> None:
    folder = job.output.parent
    await together.train(job)
    (folder / "validation").write_bytes(dataset_to_bytes(digits("test", (0, 1, 2))))
    evaluated = await together.evaluate(
        EvaluateJob(
            model=job.model,
            weights=job.output,
            validation=folder / "validation",
            data_schema=SCHEMA,
        )
    )
    assert evaluated.accuracy_ppm > 950_000


async def test_what_fails_before_the_first_step_costs_no_follower(
    together: TrainerProcess, job: TrainJob
) -> None:
    await together.train(job)
    before = followers(together)
    with pytest.raises(WeightsError, match="/gone"):
        await together.train(changed(job, base=Path("/gone")))
    assert followers(together) == before


async def test_a_worker_that_was_killed_leaves_no_follower_behind(
    together: TrainerProcess, job: TrainJob
) -> None:
    await together.train(job)
    [pid] = followers(together)
    assert together.pid is not None
    leader = together.pid
    with pytest.raises(EnvironmentFaultError, match="was killed"):
        await together.train(
            changed(job, training=FOREVER), lambda _: os.kill(leader, signal.SIGKILL)
        )
    async with asyncio.timeout(10):
        while not gone(pid):  # noqa: ASYNC110 - the system tells nobody
            await asyncio.sleep(0.01)


async def test_a_training_that_diverges_says_so(together: TrainerProcess, job: TrainJob) -> None:
    base = load_file(job.base)
    save_file({name: tensor * 1e37 for name, tensor in base.items()}, job.base)
    with pytest.raises(DivergedError, match="smaller learning_rate"):
        await together.train(job)
    assert together.pid is None


async def test_a_follower_that_was_killed_is_named_and_the_next_job_works(
    together: TrainerProcess, job: TrainJob
) -> None:
    def kill(_: object = None) -> None:
        [follower] = followers(together)
        os.kill(follower, signal.SIGKILL)

    with pytest.raises(EnvironmentFaultError, match=r"process of .* on cpu, was killed"):
        await together.train(changed(job, training=FOREVER), kill)
    assert (await together.train(job)).samples > 0
    kill()  # in idleness
    async with asyncio.timeout(10):
        while together.pid:  # noqa: ASYNC110 - the trainer tells nobody of a death in idleness
            await asyncio.sleep(0.01)
