"""`policy check`: all that decides whether a node joins one task."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from provider_node.config import NodeConfig, PrivacyLimits
from provider_node.consent.examination import examine, judge, standing
from tests.unit.provider_node.test_offers import DIGITS, data, digits_task
from tests.unit.provider_node.worlds import task
from weftwork.errors import ConfigError, ConnectionFailedError, RefusedError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Task


def published(**changes: Any) -> Task:
    return task("PUBLISHED", who=["f2"]).model_copy(update={"definition": digits_task(**changes)})


def config(folder: Path, *sets: Any, policy: str = "", **privacy: Any) -> NodeConfig:
    if policy:
        (folder / "policy.yaml").write_text(policy)
    return NodeConfig(
        name="f1",
        connection=folder / "connection.yaml",
        listen="127.0.0.1:1",
        endpoint="localhost:1",
        store=folder / "store",
        data=sets or (DIGITS,),
        policy=folder / "policy.yaml" if policy else None,
        privacy=PrivacyLimits.model_validate(privacy),
        threads=1,
    )


async def refused(config: NodeConfig, of: Task) -> list[tuple[str, str]]:
    """Who refuses, and by which rule; nobody if the node would take part."""
    examination = await judge(config, of)
    found: list[tuple[str, str]] = [
        (one.source, one.rule) for one in examination.everything if not one.allowed
    ]
    assert examination.allowed is (not found)
    return found


async def test_a_task_that_would_be_joined(tmp_path: Path) -> None:
    examination = await judge(config(tmp_path, policy="max_rounds: 2\n"), published())
    assert examination.allowed
    assert [one.says for one in examination.data] == ["fits, with 289 samples"]
    assert {one.source for one in examination.rulings} == {"policy", "node.yaml", "node"}
    assert not (tmp_path / "store" / "privacy").exists(), "nothing is booked"


async def test_all_that_is_against_it_is_told_at_once(tmp_path: Path) -> None:
    policy = "requesters: [other]\nmax_local_epochs: 1\nmin_participants: 9\n"
    node = config(tmp_path, policy=policy, modes=["client-level"])
    assert await refused(node, published()) == [
        ("policy", "requesters"),
        ("policy", "min_participants"),
        ("node.yaml", "privacy.modes"),
        ("node", "data digits"),  # its budget is asked for by the same limits
    ]


async def test_a_task_whose_terms_cannot_be_followed(tmp_path: Path) -> None:
    odd = published(model={"name": "none", "version": 1})
    assert await refused(config(tmp_path), odd) == [("node", "terms")]


async def test_one_data_set_that_fits_is_enough(tmp_path: Path) -> None:
    lost = data("lost", kind="npz", path=str(tmp_path / "lost.npz"))
    examination = await judge(config(tmp_path, lost, DIGITS), published())
    assert [one.allowed for one in examination.data] == [False, True]
    assert examination.allowed
    assert await refused(config(tmp_path, lost), published()) == [("node", "data lost")]


async def test_a_data_set_that_has_too_little_left(tmp_path: Path) -> None:
    private = {"mode": "ddp-sgd", "epsilon_micro": 2_000_000, "delta": "1e-5", "accountant": "rdp"}
    little = config(tmp_path, epsilon_per_data_set="0.1", epsilon_per_task="0.5")
    assert await refused(little, published(privacy=private)) == [("node", "data digits")]


async def test_the_limits_were_applied_when_a_task_was_joined(tmp_path: Path) -> None:
    node = config(tmp_path, policy="max_rounds: 1\n", modes=["client-level"])
    mine = published().model_copy(
        update={"joined": task("PUBLISHED", who=["f1"]).joined, "state": "RUNNING"}
    )
    assert await refused(node, mine) == [("policy", "max_rounds")]


def joined_with(data_set: str, **changes: Any) -> Task:
    [own] = task("PUBLISHED", who=["f1"]).joined
    own = own.model_copy(update={"join": own.join.model_copy(update={"data_type": data_set})})
    return published(**changes).model_copy(update={"joined": [own], "state": "RUNNING"})


async def test_of_a_task_that_is_joined_only_its_data_set_is_looked_at(tmp_path: Path) -> None:
    """And its budget was granted then."""
    private = {"mode": "ddp-sgd", "epsilon_micro": 2_000_000, "delta": "1e-5", "accountant": "rdp"}
    lost = data("lost", kind="npz", path=str(tmp_path / "lost.npz"))
    node = config(tmp_path, lost, DIGITS, epsilon_per_data_set="0.1", epsilon_per_task="0.5")
    examination = await judge(node, joined_with("digits", privacy=private))
    assert [(one.rule, one.says) for one in examination.data] == [
        ("data digits", "fits, with 289 samples")
    ]
    assert examination.allowed
    assert await refused(node, joined_with("lost")) == [("node", "data lost")]
    assert await refused(node, joined_with("sold")) == [("node", "data sold")]


async def test_what_the_ledger_refuses_is_no_rule_of_the_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def refusing(_: object) -> AsyncIterator[Any]:
        async def get(_: str) -> Task:
            raise RefusedError("the certificate is revoked", "PERMISSION_DENIED")

        yield SimpleNamespace(tasks=SimpleNamespace(get=get))

    monkeypatch.setattr(Ledger, "open", refusing)
    monkeypatch.setattr(NodeConfig, "load_connection", lambda _: None)
    with pytest.raises(ConnectionFailedError, match="refuses this node: the certificate is"):
        await examine(config(tmp_path), "digits-1")


async def test_a_mistake_in_the_policy_is_no_refusal(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"policy\.yaml: 1 mistake"):
        await judge(config(tmp_path, policy="max_round: 1\n"), published())


@pytest.mark.parametrize(
    ("of", "role", "allowed", "says"),
    [
        (task("PUBLISHED", who=["f2"]), "provider", True, "it can be joined"),
        (task("PUBLISHED", who=["f2"]), "archive", False, "an archive joins no task"),
        (task("PUBLISHED", who=["f2", "f3", "f4"]), "provider", False, "all its places are taken"),
        (task("PUBLISHED", who=["f2", "f3", "f4"], left=["f4"]), "provider", True, "it can be"),
        (task("RUNNING", who=["f2"]), "provider", False, "it can be joined no more"),
        (task("RUNNING", who=["f1"]), "provider", True, "this node has joined it"),
        (task("FINISHED", who=["f1"]), "provider", False, "this node has joined it"),
        (task("RUNNING", who=["f1"], left=["f1"]), "provider", False, "this node has left it"),
    ],
    ids=["open", "archive", "full", "one left", "late", "joined", "finished", "left"],
)
def test_how_the_task_stands(tmp_path: Path, of: Task, role: str, allowed: bool, says: str) -> None:
    node = config(tmp_path).model_copy(update={"role": role})
    ruling = standing(node, of)
    assert (ruling.allowed, ruling.says.startswith(says)) == (allowed, True)
