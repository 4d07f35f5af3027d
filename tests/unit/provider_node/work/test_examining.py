"""Before a task starts, a provider looks at what it starts with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from provider_node.site import Site
from provider_node.trainer import Means, TrainerProcess
from provider_node.view import View
from provider_node.work.joining import UNUSABLE, examine
from tests.unit.learning.examples import MLP, SCHEMA, digits
from tests.unit.provider_node.test_offers import digits_task
from tests.unit.provider_node.test_site import site
from tests.unit.provider_node.work.test_training_policy import Tasks
from tests.unit.provider_node.worlds import task, view
from weftwork.learning.data import dataset_to_bytes
from weftwork.learning.weights import initialise


class Trainers:
    """The real worker."""

    def __init__(self, trainer: TrainerProcess) -> None:
        self._trainer = trainer

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[TrainerProcess]:
        yield self._trainer


def published(node: Site, validation: bytes) -> View:
    """A task that starts with the MLP and these bytes, which are in the node's store."""
    model = node.store.put(BytesIO(initialise(MLP, 1)))
    data = node.store.put(BytesIO(validation))
    of = task("PUBLISHED")
    definition = digits_task(
        model=MLP.model_dump(),
        initial_model=model.model_dump(),
        validation=data.model_dump(),
        data={"schema": SCHEMA.model_dump(mode="json"), "schema_digest": SCHEMA.digest},
    )
    of = of.model_copy(update={"definition": definition})
    return view(of=of, on_disk=[model.digest, data.digest])


@pytest.mark.parametrize("usable", [True, False])
async def test_a_task_whose_validation_data_cannot_be_read_is_left(
    tmp_path: Path, usable: bool
) -> None:
    tasks = Tasks()
    ledger = cast("Any", SimpleNamespace(tasks=tasks))
    snapshots = cast("Any", SimpleNamespace(outdate=lambda _: None))
    async with TrainerProcess(Means(threads=1)) as trainer:
        node = replace(
            site(tmp_path),
            ledger=ledger,
            snapshots=snapshots,
            trainers=cast("Any", Trainers(trainer)),
        )
        seen = published(node, dataset_to_bytes(digits("test")) if usable else b"no data set")
        with capture_logs() as lines:
            await examine(node, seen)
    assert tasks.left == ([] if usable else [("digits-1", UNUSABLE)])
    assert node.journals.load("digits-1").examined is usable
    assert ("no data set in safetensors form" in str(lines)) is not usable
