"""A worker that the tests share, and a job for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from provider_node.trainer import (
    Means,
    TrainerProcess,
    TrainJob,
)
from tests.unit.learning.examples import MLP, SCHEMA, training
from weftwork.learning.data import Builtin
from weftwork.learning.weights import initialise


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def trainer() -> AsyncIterator[TrainerProcess]:
    async with TrainerProcess(Means(threads=1), nice=3) as process:
        yield process


@pytest.fixture
def job(tmp_path: Path) -> TrainJob:
    (tmp_path / "base").write_bytes(initialise(MLP, 1))
    return TrainJob(
        provider="factory1",
        model=MLP,
        training=training(),
        base=tmp_path / "base",
        source=Builtin(kind="builtin", name="digits", classes=(0, 1, 2)),
        data_schema=SCHEMA,
        seed=1,
        output=tmp_path / "update",
    )
