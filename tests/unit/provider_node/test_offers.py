"""Which data set a node brings to a task."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from provider_node.config import LocalData
from provider_node.offers import Offers
from tests.unit.provider_node.test_terms import DIGEST, SCHEMA
from tests.unit.provider_node.worlds import definition
from weftwork.errors import ConfigError
from weftwork.ledger.records import TaskDefinition


def data(known_as: str, **source: Any) -> LocalData:
    return LocalData.model_validate({"name": known_as, "source": source})


DIGITS = data("digits", kind="builtin", name="digits", classes=[0, 1])


def digits_task(**changes: Any) -> TaskDefinition:
    about = {"data": {"schema": SCHEMA, "schema_digest": DIGEST}, **changes}
    return TaskDefinition.model_validate(definition(**about))


async def test_the_first_that_fits_is_offered_with_its_size(tmp_path: Path) -> None:
    lost = data("lost", kind="npz", path=str(tmp_path / "nowhere.npz"))
    wide = tmp_path / "wide.npz"
    np.savez(wide, x=np.zeros((3, 65), np.float32), y=np.zeros(3, np.int64))
    offer = await Offers([lost, data("wide", kind="npz", path=str(wide)), DIGITS]).for_task(
        digits_task()
    )
    assert offer is not None
    assert offer.data.name == "digits"
    assert 200 < offer.samples < 400


async def test_nothing_is_offered_where_nothing_fits(tmp_path: Path) -> None:
    lost = data("lost", kind="npz", path=str(tmp_path / "nowhere.npz"))
    assert await Offers([lost]).for_task(digits_task()) is None


async def test_nothing_is_offered_to_a_task_that_cannot_be_followed() -> None:
    unknown = digits_task(model={"name": "gpt"})
    assert await Offers([DIGITS]).for_task(unknown) is None


async def test_a_schema_is_tried_once(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, x=np.zeros((3, 64), np.float32), y=np.zeros(3, np.int64))
    offers = Offers([data("mine", kind="npz", path=str(path))])
    first = await offers.for_task(digits_task())
    path.unlink()
    assert await offers.for_task(digits_task(title="Another")) == first


def test_a_data_set_that_was_promised_is_found_again() -> None:
    assert Offers([DIGITS]).named("digits") == DIGITS
    with pytest.raises(ConfigError, match="joined with data set 'gone'"):
        Offers([DIGITS]).named("gone")
