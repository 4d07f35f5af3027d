"""`publish-task`: all of it or nothing, and nothing on the ledger before the archive has it all."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from network.consortium import Consortium
from requester_cli import taskfile
from requester_cli.definition import define
from requester_cli.parties import register_self
from tests.contract.requester_cli.commands import RequesterCli
from tests.contract.requester_cli.parties import ARCHIVE, Parties
from tests.unit.requester_cli.taskfiles import AT_LEAST, AT_MOST, GOOD, TEN_MISTAKES
from weftwork.artifacts import Store
from weftwork.learning.data import Builtin, dataset_to_bytes, load
from weftwork.learning.models.definition import MAX_BYTES
from weftwork.ledger.records import Artifact, Task


@pytest.fixture
def task_file(tmp_path: Path) -> Path:
    path = tmp_path / "task.yaml"
    path.write_text(yaml.safe_dump(GOOD))
    return path


def height(consortium: Consortium) -> str:
    """The official tool's word on the channel: its height and the hash of its newest block."""
    return consortium.peer_cli("requester").run("channel", "getinfo", "-c", "weftwork")


@dataclass(frozen=True)
class Published:
    """What `publish-task --json` reported, the task on the ledger, and the archive's store."""

    report: dict[str, Any]
    task: Task
    store: Store


@pytest_asyncio.fixture(scope="session")
async def published(
    consortium: Consortium, parties: Parties, tmp_path_factory: pytest.TempPathFactory
) -> Published:
    folder = tmp_path_factory.mktemp("published")
    (folder / "task.yaml").write_text(yaml.safe_dump(GOOD))
    async with parties.keep(ARCHIVE, folder / "store") as store:
        done = await RequesterCli(consortium.home.requester, folder)(
            "publish-task", "task.yaml", "--json"
        )
    assert (done.code, done.err) == (0, "")
    report = done.document
    return Published(report, await parties.requester.tasks.get(report["task"]), store)


async def test_a_task_is_on_the_ledger_as_it_was_reported(published: Published) -> None:
    task, report = published.task, published.report
    assert re.fullmatch(r"digits-[0-9a-f]{6}", task.id)
    assert task.state == "PUBLISHED"
    assert task.requester == report["requester"]
    assert task.definition.archive == ARCHIVE
    assert task.definition.initial_model.model_dump() == report["initial_model"]
    assert task.definition.data.schema_digest == report["schema_digest"]


async def test_the_archive_has_what_the_task_names(published: Published) -> None:
    definition = published.task.definition
    for artifact in (definition.initial_model, definition.validation):
        assert artifact is not None
        content = published.store.path(artifact.digest).read_bytes()
        assert len(content) == artifact.size
        assert hashlib.sha256(content).hexdigest() == artifact.digest


async def test_the_validation_data_are_those_of_the_file(
    published: Published, task_file: Path
) -> None:
    file, _ = taskfile.read(task_file)
    source = Builtin(kind="builtin", name="digits", part="test")
    expected = hashlib.sha256(dataset_to_bytes(load(source, file.data.schema_))).hexdigest()
    definition = published.task.definition
    assert definition.validation is not None
    assert definition.validation.digest == expected
    assert definition.data.schema_digest == file.data.schema_.digest


async def test_the_transaction_that_is_named_is_the_publications(
    published: Published, parties: Parties
) -> None:
    ledger = parties.factories["factory1"].network.contract("qscc")
    transaction = published.report["transaction_id"]
    recorded = await ledger.evaluate("GetTransactionByID", "weftwork", transaction)
    assert published.task.id.encode() in recorded


async def test_a_person_reads_the_same_and_the_seed_gives_the_same_model(
    run: RequesterCli, parties: Parties, published: Published, task_file: Path, tmp_path: Path
) -> None:
    async with parties.keep(ARCHIVE, tmp_path / "store"):
        done = await run("publish-task", str(task_file))
    assert done.code == 0
    facts = dict(re.split(r" {2,}", line, maxsplit=1) for line in done.out.splitlines()[:6])
    task = facts["published"].strip()
    assert task != published.task.id
    assert (await parties.requester.tasks.get(task)).state == "PUBLISHED"
    assert facts["initial model"].strip() == published.report["initial_model"]["digest"]
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


async def test_with_an_id_a_repetition_is_one_and_other_content_is_refused(
    run: RequesterCli, parties: Parties, task: str, task_file: Path, tmp_path: Path
) -> None:
    command = ("publish-task", str(task_file), "--id", task, "--json")
    async with parties.keep(ARCHIVE, tmp_path / "store"):
        first, second = await run(*command), await run(*command)
        task_file.write_text(yaml.safe_dump(GOOD | {"title": "Another"}))
        third = await run(*command)
    assert (first.code, first.document["outcome"]) == (0, "recorded")
    assert second.document == first.document | {"outcome": "already-recorded"}
    assert (third.code, "ALREADY_EXISTS" in third.err) == (5, True)
    assert first.document["task"] == task


@pytest.mark.parametrize("document", [AT_MOST, AT_LEAST], ids=["at most", "at least"])
async def test_the_ledger_takes_whatever_a_task_file_may_say(
    parties: Parties, task: str, document: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "task.yaml"
    path.write_text(yaml.safe_dump(document))
    file, _ = taskfile.read(path)
    initial = Artifact(digest="f" * 64, size=MAX_BYTES)
    if file.reward.amount:
        await parties.deposit(parties.buyer, file.reward.amount, file.reward.unit)
    receipt = await parties.pay(task, define(file, initial, None, ARCHIVE))
    assert receipt.outcome == "recorded"
    await parties.requester.tasks.cancel(task, "only to see whether it is taken")


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
    line = path.read_text().splitlines().index("archive: factory1") + 1
    assert done.err.splitlines()[-2:] == [
        f"error: {path}: 1 mistake",
        f"  line {line}: archive: 'factory1' is no active archive of RequesterMSP; there is"
        " requester",
    ]


async def test_a_factory_may_not_publish(
    parties: Parties, consortium: Consortium, task_file: Path, tmp_path: Path
) -> None:
    node = consortium.home.site("factory1").identity("node").connection
    before = height(consortium)
    done = await RequesterCli(node, tmp_path)("publish-task", str(task_file))
    assert height(consortium) == before
    assert done.code == 6
    assert "no node of Factory1MSP is registered as archive" in done.error


async def test_a_requester_registers_once_under_its_common_name(
    parties: Parties, consortium: Consortium
) -> None:
    before = height(consortium)
    assert await register_self(parties.requester) == "requester.requester"
    assert height(consortium) == before  # it was registered before, so nothing is written
    (own,) = [
        one
        for one in await parties.archive.participants.list()
        if one.common_name == parties.requester.common_name
    ]
    assert (own.name, own.role, own.msp_id) == ("requester.requester", "requester", "RequesterMSP")
