"""A task's bundle, checked by an auditor: as it was exported, and after somebody was at it."""

import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.scenario.consortium_at_work import EVERYONE, AtWork
from tests.scenario.forging import (
    edit_artifact,
    edit_calls,
    edit_code,
    forge_endorsement,
    forge_record,
)
from weftwork.errors import IntegrityError, UnfinishedError
from weftwork.ledger.records import RoundRecord

ROUNDS = 2


@dataclass(frozen=True)
class Exported:
    """A finished task, and its bundle with all that the nodes keep."""

    task: str
    bundle: Path
    records: list[RoundRecord]


@pytest_asyncio.fixture(scope="module")
async def exported(
    at_work: AtWork, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Exported]:
    task = await at_work.publish(training__rounds=ROUNDS, target_accuracy=1)
    records = await at_work.assert_sound(await at_work.finished(task))
    await at_work.until(partial(archived, at_work, records), "the archive has every model")
    bundle = tmp_path_factory.mktemp("audit") / "bundle"
    stores = [part for name in EVERYONE for part in ("--store", str(at_work.store(name)))]
    answer = await at_work.requester_cli("export", task, "-o", str(bundle), *stores)
    assert answer["absent"] == []
    yield Exported(task, bundle, records)


async def archived(at_work: AtWork, records: list[RoundRecord]) -> bool:
    return all(at_work.artifact("requester", one.digest).exists() for one in records)


async def verify(at_work: AtWork, task: str, bundle: Path, *more: str) -> tuple[int, Any, str]:
    return await at_work.run(
        "requester_cli", "verify", task, "--bundle", str(bundle), "--json", *more
    )


async def test_what_was_exported_holds_down_to_the_aggregates(
    at_work: AtWork, exported: Exported
) -> None:
    code, report, said = await verify(at_work, exported.task, exported.bundle, "--deep")
    assert code == 0, said
    assert report["holds"]
    assert report["state"] == "FINISHED"
    assert report["absent"] == []
    checked = report["checked"]
    assert checked["aggregates"] == report["aggregates"] == ROUNDS
    assert checked["orderers"] == checked["chain"] - 1  # the first block is signed by nobody
    assert checked["records"] >= checked["endorsements"] > 10 * ROUNDS
    pinned = await verify(at_work, exported.task, exported.bundle, "--genesis", report["genesis"])
    assert pinned[0] == 0
    other = await verify(at_work, exported.task, exported.bundle, "--genesis", "0" * 64)
    assert other[1]["first"]["rule"] == "genesis"


async def test_a_requester_exports_what_it_may_have_and_the_rest_is_named(
    at_work: AtWork, exported: Exported, tmp_path: Path
) -> None:
    bundle = tmp_path / "own.tar"
    answer = await at_work.requester_cli("export", exported.task, "-o", str(bundle))
    assert len(answer["absent"]) == sum(len(one.submitted) for one in exported.records)
    assert all("update of" in one["what"] for one in answer["absent"])
    assert (await verify(at_work, exported.task, bundle))[0] == 0
    code, report, said = await verify(at_work, exported.task, bundle, "--deep")
    assert code == UnfinishedError.exit_code, said
    assert f"the record holds; 0 of {ROUNDS} aggregates recomputed" in report["verdict"]
    assert "aggregates" not in report["checked"]
    assert len(report["absent"]) == len(answer["absent"]) + ROUNDS


async def test_every_election_is_the_auditors(at_work: AtWork, exported: Exported) -> None:
    for record in exported.records:
        command = ("explain-election", exported.task, str(record.round))
        explained = await at_work.requester_cli(*command)
        assert explained["agrees"]
        assert (explained["committee"], explained["leader"]) == (record.committee, record.leader)


def more_points(record: dict[str, Any]) -> None:
    record["standings"][0]["points"] += 5


def more_money(record: dict[str, Any]) -> None:
    record["payouts"][0]["amount"] += 5
    record["refund"] -= 5


@pytest.mark.parametrize(
    ("forge", "first", "rules", "words"),
    [
        (
            lambda folder, task: edit_calls(folder, forge_record("round", task, more_points)),
            "orderers",
            {"orderers", "client", "endorsements", "records"},
            "standings[0].points",
        ),
        (
            lambda folder, task: edit_calls(folder, forge_record("settlement", task, more_money)),
            "orderers",
            {"orderers", "client", "endorsements", "records"},
            "payouts[0].amount",
        ),
        (
            lambda folder, _: edit_calls(folder, forge_endorsement),
            "orderers",
            {"orderers", "client", "endorsements"},
            "the endorsement of",
        ),
    ],
    ids=["record", "payment", "endorsement"],
)
async def test_what_somebody_has_changed_is_found_by_signatures_and_by_rules(
    at_work: AtWork,
    exported: Exported,
    tmp_path: Path,
    forge: Callable[[Path, str], None],
    first: str,
    rules: set[str],
    words: str,
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(exported.bundle, bundle)
    forge(bundle, exported.task)
    code, report, said = await verify(at_work, exported.task, bundle)
    assert code == IntegrityError.exit_code
    assert report["first"]["rule"] == first
    assert f"block {report['first']['block']}" in said
    assert rules == {one["rule"] for one in report["findings"]}
    assert any(words in one["text"] for one in report["findings"])


async def test_a_call_that_is_said_not_to_count_is_found(
    at_work: AtWork, exported: Exported, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(exported.bundle, bundle)
    number = edit_code(bundle, 10)
    code, report, _ = await verify(at_work, exported.task, bundle)
    assert code == IntegrityError.exit_code
    assert (report["first"]["rule"], report["first"]["block"]) == ("validity", number)
    assert "invalid (code 10), but it is signed, and endorsed by most" in report["first"]["text"]


async def test_only_treasurers_that_are_accepted_pay_in(
    at_work: AtWork, exported: Exported
) -> None:
    code, report, said = await verify(at_work, exported.task, exported.bundle)
    assert code == 0, said
    own = {one["treasurer_msp"] for one in report["deposits"]}
    assert len(own) == 1
    accepted = ("--treasurer", own.pop())
    assert (await verify(at_work, exported.task, exported.bundle, *accepted))[0] == 0
    other = await verify(at_work, exported.task, exported.bundle, "--treasurer", "NobodyMSP")
    assert other[0] == IntegrityError.exit_code
    assert other[1]["first"]["rule"] == "treasurers"


async def test_a_changed_artifact_is_found(
    at_work: AtWork, exported: Exported, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(exported.bundle, bundle)
    digest = exported.records[0].submitted[0].digest
    edit_artifact(bundle, digest)
    code, report, _ = await verify(at_work, exported.task, bundle)
    assert code == IntegrityError.exit_code
    assert report["first"]["rule"] == "artifacts"
    assert report["first"]["file"] == digest
