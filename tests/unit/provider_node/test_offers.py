"""Which data set a node brings to a task."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from provider_node.offers import Offer, Offers
from provider_node.trainer import Counted, CountJob, Means
from provider_node.trainers import Trainers
from tests.unit.provider_node.test_terms import DIGEST, SCHEMA
from tests.unit.provider_node.worlds import definition
from weftwork.errors import ConfigError, DeadlineError, EnvironmentFaultError, WeftworkError
from weftwork.learning.data import LocalData, Schema
from weftwork.ledger.records import TaskDefinition


def data(known_as: str, **source: Any) -> LocalData:
    return LocalData.model_validate({"name": known_as, "source": source})


STORE = Path("/nowhere")
DIGITS = data("digits", kind="builtin", name="digits", classes=[0, 1])


def digits_task(**changes: Any) -> TaskDefinition:
    about = {"data": {"schema": SCHEMA, "schema_digest": DIGEST}, **changes}
    return TaskDefinition.model_validate(definition(**about))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def trainers() -> AsyncIterator[Trainers]:
    trainers = Trainers(Means(threads=1))
    yield trainers
    await trainers.close()


class Ailing:
    """A worker that fails at first, for a reason that is not the data's, and then counts."""

    def __init__(self, *errors: WeftworkError) -> None:
        self.errors = list(errors)

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[Self]:
        yield self

    async def count(self, _: CountJob) -> Counted:
        if self.errors:
            raise self.errors.pop()
        return Counted(samples=7)


async def first(offers: Offers, definition: TaskDefinition) -> Offer | None:
    return await anext(offers.for_task(definition), None)


async def test_what_fits_is_offered_with_its_size(tmp_path: Path, trainers: Trainers) -> None:
    lost = data("lost", kind="npz", path=str(tmp_path / "nowhere.npz"))
    wide = tmp_path / "wide.npz"
    np.savez(wide, x=np.zeros((3, 65), np.float32), y=np.zeros(3, np.int64))
    others = [data("others", kind="builtin", name="digits", classes=[2])]
    sets = [lost, data("wide", kind="npz", path=str(wide)), DIGITS, *others]
    offers = [one async for one in Offers(sets, trainers, STORE).for_task(digits_task())]
    assert [one.data.name for one in offers] == ["digits", "others"]
    assert 200 < offers[0].samples < 400


async def test_nothing_is_offered_where_nothing_fits(tmp_path: Path, trainers: Trainers) -> None:
    lost = data("lost", kind="npz", path=str(tmp_path / "nowhere.npz"))
    assert await first(Offers([lost], trainers, STORE), digits_task()) is None


async def test_the_log_names_the_cell_and_not_what_it_holds(
    tmp_path: Path, trainers: Trainers
) -> None:
    table = tmp_path / "pumps.csv"
    columns = [f"c{i}" for i in range(64)]
    table.write_text(f"{','.join(columns)},y\n{'1,' * 63}secret,1\n")
    pumps = data("pumps", kind="csv", path=str(table), label="y")
    with capture_logs() as lines:
        assert await first(Offers([pumps], trainers, STORE), digits_task()) is None
    assert [line["data"] for line in lines] == ["pumps"]
    assert "pumps.csv: row 1, column 'c63'" in lines[0]["reason"]
    assert "secret" not in str(lines)


@pytest.mark.parametrize("error", [EnvironmentFaultError("it was killed"), DeadlineError("late")])
async def test_what_is_not_the_datas_fault_is_not_held_against_them(error: WeftworkError) -> None:
    offers = Offers([DIGITS], cast("Trainers", Ailing(error)), STORE)
    with pytest.raises(type(error)):
        await first(offers, digits_task())
    assert await first(offers, digits_task()) == Offer(DIGITS, 7)


async def test_nothing_is_offered_to_a_task_that_cannot_be_followed(
    trainers: Trainers,
) -> None:
    unknown = digits_task(model={"name": "gpt"})
    assert await first(Offers([DIGITS], trainers, STORE), unknown) is None


async def test_a_schema_is_tried_once(tmp_path: Path, trainers: Trainers) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, x=np.zeros((3, 64), np.float32), y=np.zeros(3, np.int64))
    offers = Offers([data("mine", kind="npz", path=str(path))], trainers, STORE)
    found = await first(offers, digits_task())
    path.unlink()
    assert await first(offers, digits_task(title="Another")) == found


async def test_a_reading_that_is_called_off_is_over_at_once(
    tmp_path: Path, trainers: Trainers
) -> None:
    path = tmp_path / "1" / "endless.png"
    path.parent.mkdir()
    os.mkfifo(path)
    schema = Schema.model_validate(SCHEMA | {"features": {"shape": [8, 8]}})
    about = {"schema": schema.model_dump(exclude_none=True), "schema_digest": schema.digest}
    offers = Offers([data("endless", kind="folder", path=str(tmp_path))], trainers, STORE)
    reading = asyncio.create_task(first(offers, digits_task(data=about)))
    writer = await written(path)
    async with trainers.training() as worker:
        assert worker.pid
        reading.cancel()
        await asyncio.wait([reading], timeout=5)
        assert worker.pid is None
    os.close(writer)
    with pytest.raises(asyncio.CancelledError):
        await reading


async def written(path: Path) -> int:
    """The writing end of a named pipe, once somebody reads it."""
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            await asyncio.sleep(0.05)


def test_a_data_set_that_was_promised_is_found_again() -> None:
    offers = Offers([DIGITS], Trainers(Means(threads=1)), STORE)
    assert offers.named("digits") == DIGITS
    with pytest.raises(ConfigError, match="joined with data set 'gone'"):
        offers.named("gone")
