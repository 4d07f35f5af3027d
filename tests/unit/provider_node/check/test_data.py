"""Which open tasks a data set fits, and whether its owner's limits let them have it."""

import re
from pathlib import Path
from typing import Any

import pytest

from provider_node.budgets import Budgets
from provider_node.check.data import data
from provider_node.check.finding import Caution
from provider_node.config import NodeConfig, PrivacyLimits
from provider_node.terms import Terms
from tests.unit.provider_node.test_budgets import joined
from tests.unit.provider_node.test_offers import DIGITS, digits_task
from tests.unit.provider_node.worlds import task
from weftwork.errors import DataError, RefusedError
from weftwork.learning.data import LocalData, Schema
from weftwork.ledger.records import Task

PRIVATE = {"mode": "ddp-sgd", "epsilon_micro": 2_000_000, "delta": "1e-5", "accountant": "rdp"}


def opened(name: str, **changes: Any) -> Task:
    return task("PUBLISHED", who=()).model_copy(
        update={"id": name, "definition": digits_task(**changes)}
    )


def config(folder: Path, **privacy: Any) -> NodeConfig:
    return NodeConfig(
        name="f1",
        connection=folder / "connection.yaml",
        listen="127.0.0.1:1",
        endpoint="localhost:1",
        store=folder / "store",
        data=(DIGITS,),
        privacy=PrivacyLimits.model_validate(privacy),
    )


async def found(config: NodeConfig, *tasks: Task, must: str | None = None) -> str:
    return await data(DIGITS, config, list(tasks), lambda one: one.id == must)


async def test_what_fits_is_named_with_its_size(tmp_path: Path) -> None:
    tasks = opened("plain"), opened("private", privacy=PRIVATE)
    assert (
        await found(config(tmp_path), *tasks) == "fits plain (289 samples), private (289 samples)"
    )
    assert not (tmp_path / "store" / "privacy").exists()


async def test_what_the_owner_does_not_allow_fits_no_task(tmp_path: Path) -> None:
    strict = config(tmp_path, modes=["client-level"])
    with pytest.raises(Caution, match=r"no open task: private: .*privacy\.modes"):
        await found(strict, opened("private", privacy=PRIVATE))
    with pytest.raises(RefusedError, match=r"privacy\.modes"):
        await found(strict, opened("private", privacy=PRIVATE), must="private")


async def test_what_other_tasks_have_spent_counts(tmp_path: Path) -> None:
    little = config(tmp_path, epsilon_per_data_set="2")
    first, second = (opened(name, privacy=PRIVATE) for name in ("first", "second"))
    assert await found(little, first) == "fits first (289 samples)"
    books = Budgets(little.privacy, little.store / "privacy")
    terms = Terms.of(first.definition)
    books.joining("first", terms, joined(books.admit("first", terms, DIGITS.name, 289)))
    said = await found(little, first)
    spent = r"epsilon 0\.\d\d of 2 spent over all tasks, delta 0\.00001, add-or-remove-one sample"
    assert re.fullmatch(rf"fits first \(289 samples\); ddp-sgd: {spent}", said)
    with pytest.raises(Caution, match=r"second: .*not enough privacy left.*epsilon_per_data_set"):
        await found(little, second)


async def test_what_cannot_be_read_as_a_task_asks_does_not_fit(tmp_path: Path) -> None:
    plain, broken = config(tmp_path), opened("odd", model={"name": "none", "version": 1})
    with pytest.raises(Caution, match="no open task: odd: "):
        await found(plain, broken)
    with pytest.raises(DataError, match="does not fit odd: "):
        await found(plain, broken, must="odd")
    with pytest.raises(Caution, match="no open task says how"):
        await found(plain)


async def test_windows_that_overlap_are_to_be_minded_in_a_private_task(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("noise,state\n" + "1,0\n" * 200)
    schema = {"features": {"shape": [1, 64]}, "labels": {"classes": 10}}
    digest = Schema.model_validate(schema).digest
    about = {"data": {"schema": schema, "schema_digest": digest}}
    plain, private = opened("plain", **about), opened("private", privacy=PRIVATE, **about)
    for stride, tasks, minded in (
        (64, [private], False),
        (32, [plain], False),
        (32, [plain, private], True),
    ):
        source = {"kind": "windows", "path": tmp_path / "t.csv", "label": "state", "length": 64}
        entry = LocalData.model_validate({"name": "t", "source": source | {"stride": stride}})
        if minded:
            with pytest.raises(Caution, match=r"^fits plain .*in up to 2 samples, which the"):
                await data(entry, config(tmp_path), tasks, lambda _: True)
        else:
            assert "fits" in await data(entry, config(tmp_path), tasks, lambda _: True)
