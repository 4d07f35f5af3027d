"""What a worker can do to the node: nothing but to be named as the fault."""

import sys
from pathlib import Path

import pytest

from provider_node.trainer.protocol import MAX_LINE, AggregateJob, UpdateFile
from provider_node.trainer.worker import Worker
from tests.unit.learning.examples import MLP, training
from weftwork.errors import EnvironmentFaultError


def aggregation(*updates: UpdateFile) -> AggregateJob:
    return AggregateJob(
        model=MLP,
        training=training(),
        base=Path("b"),
        updates=updates,
        participants=2,
        output=Path("o"),
    )


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("pass", "the trainer ended with status 0"),
        ("raise SystemExit(3)", "the trainer ended with status 3"),
        (
            "import os; os.kill(os.getpid(), 9)",
            "the trainer was killed; .* memory ran out: .* physical_batch",
        ),
        ("import os; os.kill(os.getpid(), 15)", "the trainer ended by signal 15"),
        ("print('Traceback')", "sent a line that is no reply"),
        ('print(\'{"kind": "ready"}\')', "sent a line that is no reply"),
        (f"print('x' * {MAX_LINE + 1}, end='')", "sent a line that is too long"),
        (f"print('x' * {4 * MAX_LINE})", "sent a line that is too long"),
    ],
)
async def test_a_worker_that_is_no_worker_is_an_error(program: str, problem: str) -> None:
    worker = await Worker.start([sys.executable, "-c", program])
    try:
        with pytest.raises(EnvironmentFaultError, match=problem):
            await worker.reply()
    finally:
        await worker.end(kill=True)
    assert not worker.alive


async def test_a_job_to_a_dead_worker_fails_by_its_missing_reply() -> None:
    worker = await Worker.start([sys.executable, "-c", "import sys; sys.stdin.close()"])
    job = aggregation()
    try:
        await worker.send(job)
        with pytest.raises(EnvironmentFaultError, match="the trainer ended with status 0"):
            await worker.reply()
    finally:
        await worker.end(kill=True)


async def test_a_job_longer_than_a_line_is_not_sent() -> None:
    update = UpdateFile(participant="x" * 1000, path=Path("p"), samples=1)
    job = aggregation(*(update,) * 1100)
    worker = await Worker.start([sys.executable, "-c", "import sys; sys.stdin.read()"])
    try:
        with pytest.raises(EnvironmentFaultError, match=r"aggregate job of .* too long"):
            await worker.send(job)
    finally:
        await worker.end(kill=False)


async def test_a_worker_that_will_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provider_node.trainer.worker.END_SECONDS", 0.1)
    worker = await Worker.start([sys.executable, "-c", "import time; time.sleep(600)"])
    await worker.end(kill=False)
    assert not worker.alive
