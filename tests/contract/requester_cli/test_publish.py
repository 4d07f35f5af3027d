"""`publish-task`: all of it or nothing, and nothing on the ledger before the archive has it all."""

import hashlib
import re
from pathlib import Path

import pytest
import yaml

from network.consortium import Consortium
from tests.contract.requester_cli.commands import RequesterCli
from tests.contract.requester_cli.parties import ARCHIVE, Parties
from tests.unit.requester_cli.test_taskfile import GOOD, TEN_MISTAKES
from weftwork.learning.data import Builtin, dataset_to_bytes, load
from weftwork.ledger import Ledger


@pytest.fixture
def task_file(tmp_path: Path) -> Path:
    path = tmp_path / "task.yaml"
    path.write_text(yaml.safe_dump(GOOD))
    return path


def height(consortium: Consortium) -> str:
    """The official tool's word on the channel: its height and the hash of its newest block."""
    return consortium.peer_cli("requester").run("channel", "getinfo", "-c", "weftwork")


async def test_a_task_is_published_with_its_artifacts(
    run: RequesterCli, parties: Parties, task_file: Path, tmp_path: Path
) -> None:
    async with parties.keep(ARCHIVE, tmp_path / "store") as store:
        done = await run("publish-task", str(task_file), "--json")
    assert (done.code, done.err) == (0, "")
    report = done.document
    task = await parties.requester.tasks.get(report["task"])
    assert re.fullmatch(r"digits-[0-9a-f]{6}", task.id)
    assert task.state == "PUBLISHED"
    assert task.requester == report["requester"]
    assert task.definition.archive == ARCHIVE
    assert task.definition.initial_model.model_dump() == report["initial_model"]
    for artifact in (task.definition.initial_model, task.definition.validation):
        assert artifact is not None
        content = store.path(artifact.digest).read_bytes()
        assert len(content) == artifact.size
        assert hashlib.sha256(content).hexdigest() == artifact.digest


async def test_the_validation_data_are_those_of_the_file(
    run: RequesterCli, parties: Parties, task_file: Path, tmp_path: Path
) -> None:
    async with parties.keep(ARCHIVE, tmp_path / "store"):
        done = await run("publish-task", str(task_file), "--json")
    task = await parties.requester.tasks.get(done.document["task"])
    from requester_cli import taskfile

    file, _ = taskfile.read(task_file)
    source = Builtin(kind="builtin", name="digits", part="test")
    expected = hashlib.sha256(dataset_to_bytes(load(source, file.data.schema_))).hexdigest()
    assert task.definition.validation is not None
    assert task.definition.validation.digest == expected
    assert task.definition.data.schema_digest == file.data.schema_.digest


async def test_the_transaction_that_is_named_is_the_publications(
    run: RequesterCli, parties: Parties, task_file: Path, tmp_path: Path
) -> None:
    async with parties.keep(ARCHIVE, tmp_path / "store"):
        done = await run("publish-task", str(task_file))
    assert done.code == 0
    facts = dict(re.split(r" {2,}", line, maxsplit=1) for line in done.out.splitlines()[:6])
    task, transaction = facts["published"].strip(), facts["transaction"].strip()
    ledger = parties.factories["factory1"].network.contract("qscc")
    recorded = await ledger.evaluate("GetTransactionByID", "weftwork", transaction)
    assert task.encode() in recorded
    assert f"requester_cli watch {task}" in done.out


async def test_ten_mistakes_print_ten_lines_and_leave_the_ledger_unchanged(
    run: RequesterCli, parties: Parties, consortium: Consortium, tmp_path: Path
) -> None:
    path = tmp_path / "mistakes.yaml"
    path.write_text(TEN_MISTAKES)
    before = height(consortium)
    async with parties.keep(ARCHIVE, tmp_path / "store") as store:
        before = height(consortium)
        done = await run("publish-task", str(path))
        assert height(consortium) == before
        assert list(store.list()) == []
    assert done.code == 3
    assert done.out == ""
    headline, *lines = done.err.splitlines()
    assert headline.endswith("mistakes.yaml: 10 mistakes")
    assert len(lines) == 10
    assert all(re.match(r"  line \d+: [a-z_.]+: ", line) for line in lines)


async def test_without_its_archive_nothing_is_published(
    run: RequesterCli, parties: Parties, consortium: Consortium, task_file: Path
) -> None:
    assert await parties.archive.participants.get(ARCHIVE)
    before = height(consortium)
    done = await run("publish-task", str(task_file))
    assert height(consortium) == before
    assert done.code == 4
    assert "nothing was published" in done.error
    assert "localhost:1" in done.error


async def test_an_archive_that_is_nobodys(
    run: RequesterCli, parties: Parties, consortium: Consortium, tmp_path: Path
) -> None:
    path = tmp_path / "task.yaml"
    path.write_text(yaml.safe_dump(GOOD | {"archive": "factory1"}))
    before = height(consortium)
    done = await run("publish-task", str(path))
    assert height(consortium) == before
    assert done.code == 3
    assert done.error.endswith(
        "archive: 'factory1' is no active archive of RequesterMSP; there is requester"
    )


async def test_a_factory_may_not_publish(
    parties: Parties, consortium: Consortium, task_file: Path, tmp_path: Path
) -> None:
    """A provider's certificate lacks the role: the archive is not even looked for elsewhere."""
    node = consortium.home.site("factory1").identity("node").connection
    before = height(consortium)
    done = await RequesterCli(node, tmp_path)("publish-task", str(task_file))
    assert height(consortium) == before
    assert done.code == 6
    assert "no node of Factory1MSP is registered as archive" in done.error


async def test_the_same_seed_gives_the_same_initial_model(
    run: RequesterCli, parties: Parties, task_file: Path, tmp_path: Path
) -> None:
    async with parties.keep(ARCHIVE, tmp_path / "store"):
        tasks = [(await run("publish-task", str(task_file), "--json")).document for _ in range(2)]
    assert tasks[0]["task"] != tasks[1]["task"]
    assert tasks[0]["initial_model"] == tasks[1]["initial_model"]


async def test_the_first_publication_registers_the_requester(
    parties: Parties, consortium: Consortium
) -> None:
    from requester_cli.participants import register_self
    from weftwork.config import Connection, load_yaml

    async with Ledger.open(load_yaml(consortium.home.requester, Connection)) as ledger:
        before = height(consortium)
        assert await register_self(ledger) == "requester.requester"
        assert height(consortium) == before  # it is registered, so nothing is written
