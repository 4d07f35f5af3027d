"""What is tried of the ledger, and what is said when it fails half-way."""

from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Self, cast

import pytest

from provider_node.check import run
from provider_node.check.finding import Finding
from provider_node.config import NodeConfig
from weftwork.config import Connection
from weftwork.errors import ConnectionFailedError, NotFoundError, WeftworkError
from weftwork.learning.data import Builtin, LocalData
from weftwork.ledger import Ledger
from weftwork.ledger.records import Participant, Task

DIGITS = LocalData(name="digits", source=Builtin(kind="builtin", name="digits"))


class Peer:
    """A ledger without participants, which fails as soon as tasks are asked for."""

    msp_id, common_name = "F1MSP", "node.f1"

    def __init__(self, error: WeftworkError) -> None:
        self.error = error
        self.participants = SimpleNamespace(list=self.nobody, get=self.fail)
        self.tasks = SimpleNamespace(list=self.fail, get=self.fail)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        pass

    async def nobody(self) -> list[Participant]:
        return []

    async def fail(self, name: str) -> list[Task]:
        raise self.error


async def findings(
    monkeypatch: pytest.MonkeyPatch, folder: Path, error: WeftworkError, task: str | None
) -> dict[str, Finding]:
    monkeypatch.setattr(Ledger, "open", lambda _: Peer(error))
    config = NodeConfig(
        name="f1",
        connection=folder / "connection.yaml",
        listen="127.0.0.1:1",
        endpoint="localhost:1",
        store=folder,
        data=(DIGITS,),
    )
    identity = SimpleNamespace(certificate=folder / "nobody.pem")
    connection = cast("Connection", SimpleNamespace(identity=identity))
    return {one.subject: one async for one in run._ledger(config, connection, task)}


async def test_a_mistyped_task_costs_no_finding(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = await findings(monkeypatch, tmp_path, NotFoundError("no task 'typo'"), "typo")
    assert found["task"] == Finding("task", "bad", "no task 'typo'", 6)
    assert found["ledger"].verdict == "good"
    assert found["data digits"].verdict == "caution"


async def test_a_peer_that_stops_answering_costs_none_either(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = await findings(monkeypatch, tmp_path, ConnectionFailedError("away"), None)
    assert found["task"] == Finding("task", "bad", "away", 4)


async def test_a_certificate_that_may_not_be_read_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = await findings(monkeypatch, tmp_path, NotFoundError("no such thing"), None)
    assert (found["registration"].verdict, found["registration"].exit_code) == ("bad", 3)
    assert "nobody.pem: no such file" in found["registration"].said
