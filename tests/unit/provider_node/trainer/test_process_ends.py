"""The real worker's end, by whatever cause, and its beginning again."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from provider_node.trainer import (
    Means,
    TrainerProcess,
    TrainJob,
)
from tests.unit.provider_node.trainer.jobs import FOREVER, changed, files
from weftwork.errors import DeadlineError, EnvironmentFaultError


async def test_cancelling_a_job_kills_it(trainer: TrainerProcess, job: TrainJob) -> None:
    started = asyncio.Event()
    task = asyncio.create_task(
        trainer.train(changed(job, training=FOREVER), lambda _: started.set())
    )
    await started.wait()
    pid = trainer.pid
    assert pid is not None
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert files(job) == ["base"]
    await trainer.train(job)  # by a new worker
    assert trainer.pid not in (None, pid)


@pytest.mark.parametrize("busy", [True, False])
async def test_a_worker_that_was_killed_is_started_again(
    trainer: TrainerProcess, job: TrainJob, busy: bool
) -> None:
    await trainer.warm()
    pid = trainer.pid
    assert pid is not None
    if busy:
        forever = changed(job, training=FOREVER)
        with pytest.raises(EnvironmentFaultError, match="was killed"):
            await trainer.train(forever, lambda _: os.kill(pid, signal.SIGKILL))
    else:
        os.kill(pid, signal.SIGKILL)
        while trainer.pid:  # noqa: ASYNC110 - the trainer tells nobody of a death in idleness
            await asyncio.sleep(0.01)
    assert (await trainer.train(job)).samples > 0
    assert trainer.pid != pid


async def test_interrupting_the_terminal_leaves_the_worker_to_the_node(
    trainer: TrainerProcess, job: TrainJob
) -> None:
    await trainer.warm()
    pid = trainer.pid
    assert pid is not None
    os.kill(pid, signal.SIGINT)
    await trainer.train(job)
    assert trainer.pid == pid


async def test_a_gpu_that_is_not_there_is_named() -> None:
    async with TrainerProcess(Means("cuda:99")) as trainer:
        with pytest.raises(EnvironmentFaultError, match=r"device cuda:99: .* set device: cpu"):
            await trainer.warm()
        assert trainer.pid is None


async def test_a_worker_that_does_not_start_in_time_is_killed() -> None:
    async with TrainerProcess(start_seconds=0.05) as trainer:
        with pytest.raises(DeadlineError, match=r"more than 0\.05 s"):
            await trainer.warm()
        assert trainer.pid is None


NODE = """
import asyncio, sys
from provider_node.trainer import Means, TrainerProcess
from provider_node.trainer.protocol import TrainJob

async def main():
    job = TrainJob.model_validate_json(sys.argv[1])
    await TrainerProcess(Means(threads=1)).train(job, lambda _: print("training", flush=True))

asyncio.run(main())
"""


def test_a_node_that_is_killed_leaves_no_trainer_behind(job: TrainJob) -> None:
    line = changed(job, training=FOREVER).model_dump_json()
    with subprocess.Popen(
        [sys.executable, "-c", NODE, line], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as node:
        assert node.stdout is not None
        assert node.stdout.readline() == b"training\n"
        node.kill()
        # The worker shares the node's stderr: it ends when the last of the two has gone.
        _, complaints = node.communicate(timeout=10)
    assert complaints == b""
