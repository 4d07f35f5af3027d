"""`provider_node check`, as an operator runs it, on nodes of the real consortium."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import yaml

from tests.scenario.consortium_at_work import AtWork

Document = dict[str, Any]


@dataclass
class Operator:
    """Someone at factory1, with a copy of its configuration to change."""

    at_work: AtWork
    folder: Path

    def __post_init__(self) -> None:
        own = self.at_work.node_file("factory1")
        self.config: Document = yaml.safe_load(own.read_text())
        connection = (own.parent / self.config["connection"]).resolve()
        self.config["connection"] = str(connection)
        self.config["store"] = str(own.parent / self.config["store"])

    async def check(self, *options: str) -> tuple[int, dict[str, Document]]:
        """Exit code, and findings by subject."""
        file = self.folder / "node.yaml"
        file.write_text(yaml.safe_dump(self.config))
        arguments = ("check", "--json", "--config", str(file), *options)
        code, document, said = await self.at_work.run("provider_node", *arguments)
        assert said == ""
        assert document["ok"] is (code == 0)
        return code, {one["subject"]: one for one in document["findings"]}

    def own_connection(self, **changes: Any) -> None:
        """Use a copy of the connection file with these keys changed."""
        source = Path(self.config["connection"])
        document = yaml.safe_load(source.read_text())
        for part in (document["gateway"], document["identity"], document["tls"], document["trust"]):
            for key, value in part.items():
                if isinstance(value, str) and value.endswith(".pem"):
                    part[key] = str(source.parent / value)
        for key, value in changes.items():
            part, _, name = key.partition("__")
            document[part][name] = value
        copy = self.folder / "connection.yaml"
        copy.write_text(yaml.safe_dump(document))
        self.config["connection"] = str(copy)


@pytest.fixture
def operator(at_work: AtWork, tmp_path: Path) -> Operator:
    return Operator(at_work, tmp_path)


def verdicts(findings: dict[str, Document]) -> dict[str, str]:
    return {name: one["verdict"] for name, one in findings.items() if one["verdict"] != "good"}


@pytest_asyncio.fixture
async def task(at_work: AtWork) -> AsyncIterator[str]:
    """A task for digits that is still open for joining: the operator's data fit it."""
    name = await at_work.publish(participants__max=4, participants__join_seconds=3600)
    yield name
    await at_work.ledger.tasks.cancel(name, "the test is over")


async def test_a_running_node_is_well(operator: Operator, task: str) -> None:
    code, findings = await operator.check()
    assert code == 0
    assert verdicts(findings) == {}
    assert f"{task} (" in findings["data digits"]["said"]
    assert "CN=node.factory1" in findings["certificate"]["said"]
    assert "role provider" in findings["certificate"]["said"]
    assert findings["registration"]["said"].startswith("factory1 is ours")
    assert findings["port"]["said"].endswith("this node is running")
    assert "torch" in findings["trainer"]["said"]


async def test_data_that_are_lost(operator: Operator) -> None:
    lost = operator.folder / "lost.npz"
    operator.config["data"] = [{"name": "lost", "source": {"kind": "npz", "path": str(lost)}}]
    code, findings = await operator.check()
    assert code == 9
    assert verdicts(findings) == {"data lost": "bad"}
    assert "lost.npz" in findings["data lost"]["said"]


async def test_data_for_other_tasks_than_those_open(operator: Operator, task: str) -> None:
    """That is no mistake, unless the operator asks about just that task."""
    other = operator.folder / "other.npz"
    np.savez(other, x=np.zeros((4, 3), np.float32), y=np.zeros(4, np.int64))
    operator.config["data"] = [{"name": "other", "source": {"kind": "npz", "path": str(other)}}]
    code, findings = await operator.check()
    assert code == 0
    assert verdicts(findings) == {"data other": "caution"}
    code, findings = await operator.check("--task", task)
    assert code == 9
    assert verdicts(findings) == {"data other": "bad"}
    assert task in findings["data other"]["said"]


async def test_a_task_that_does_not_exist(operator: Operator) -> None:
    code, findings = await operator.check("--task", "digits-typo")
    assert code == 6
    assert "digits-typo" in findings["task"]["said"]
    assert findings["trainer"]["verdict"] == "good", "the rest is tried nevertheless"


async def test_a_name_that_is_anothers(operator: Operator) -> None:
    operator.config["name"] = "factory2"
    code, findings = await operator.check()
    assert code == 5
    assert "belongs to node.factory2" in findings["registration"]["said"]
    assert "choose another name" in findings["registration"]["said"]


async def test_a_role_that_the_certificate_does_not_grant(operator: Operator) -> None:
    operator.config.update(role="archive", data=[])
    code, findings = await operator.check()
    assert code == 5
    assert "grants role provider, node.yaml says archive" in findings["certificate"]["said"]


async def test_a_peer_that_is_away(operator: Operator) -> None:
    operator.own_connection(gateway__endpoint="localhost:1")
    code, findings = await operator.check()
    assert code == 4
    assert "localhost:1" in findings["ledger"]["said"]
    assert "registration" not in findings, "what cannot be tried is left out"


async def test_a_peer_of_somebody_else(operator: Operator) -> None:
    root = operator.at_work.consortium.home.site("factory2").public.ca
    operator.own_connection(gateway__tls_roots=str(root))
    code, findings = await operator.check()
    assert code == 4
    assert findings["ledger"]["verdict"] == "bad"


@pytest.mark.usefixtures("task")
async def test_a_device_that_is_not_there(operator: Operator) -> None:
    operator.config["device"] = "cuda:99"
    code, findings = await operator.check()
    assert code == 10
    assert verdicts(findings) == {"trainer": "bad"}
    assert "device cuda:99" in findings["trainer"]["said"]
    assert "set device: cpu" in findings["trainer"]["said"]
