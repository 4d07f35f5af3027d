"""`fetch-model`: the model that the ledger names, or none."""

import hashlib
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest_asyncio
import yaml

from tests.contract.requester_cli.commands import RequesterCli
from tests.contract.requester_cli.parties import ARCHIVE, FACTORIES, Parties, content
from weftwork.artifacts import Store

MODEL = content(2)


@pytest_asyncio.fixture
async def store(parties: Parties, tmp_path: Path) -> AsyncIterator[Store]:
    """The archive's, while it serves; the final model is in it."""
    async with parties.keep(ARCHIVE, tmp_path / "store") as store:
        store.put(BytesIO(MODEL))
        yield store


async def test_the_model_and_its_card(run: RequesterCli, finished: str, store: Store) -> None:
    done = await run("fetch-model", finished, "--json")
    assert (done.code, done.err) == (0, "")
    folder = run.folder / finished
    assert sorted(path.name for path in folder.iterdir()) == [
        "model-card.yaml",
        "model.safetensors",
    ]
    assert (folder / "model.safetensors").read_bytes() == MODEL
    card = yaml.safe_load((folder / "model-card.yaml").read_text())
    assert card["task"]["id"] == finished
    assert card["model"]["sha256"] == hashlib.sha256(MODEL).hexdigest() == done.document["digest"]
    assert [one["name"] for one in card["participants"]] == list(FACTORIES)
    assert card["rounds"][-1]["transaction"] == done.document["transaction_id"]


async def test_fetching_again_changes_nothing(
    run: RequesterCli, finished: str, store: Store
) -> None:
    assert (await run("fetch-model", finished)).code == 0
    folder = run.folder / finished
    before = {path.name: (path.stat().st_ino, path.read_bytes()) for path in folder.iterdir()}
    done = await run("fetch-model", finished)
    assert done.code == 0
    assert {p.name: (p.stat().st_ino, p.read_bytes()) for p in folder.iterdir()} == before


async def test_another_file_is_never_overwritten(
    run: RequesterCli, finished: str, store: Store
) -> None:
    for name in ("model.safetensors", "model-card.yaml"):
        folder = run.folder / name.partition(".")[0]
        folder.mkdir()
        (folder / name).write_bytes(b"somebody's work")
        done = await run("fetch-model", finished, "-o", str(folder))
        assert done.code == 2
        assert f"{folder / name} is another file" in done.error
        assert [path.name for path in folder.iterdir()] == [name]
        assert (folder / name).read_bytes() == b"somebody's work"


async def test_bytes_without_the_right_digest_are_refused(
    run: RequesterCli, finished: str, store: Store
) -> None:
    store.path(hashlib.sha256(MODEL).hexdigest()).write_bytes(MODEL[::-1])
    done = await run("fetch-model", finished)
    assert done.code == 7
    assert "no node gives the model" in done.error
    assert list((run.folder / finished).iterdir()) == []


async def test_the_last_leader_gives_it_where_the_archive_is_away(
    run: RequesterCli, parties: Parties, finished: str, tmp_path: Path
) -> None:
    last = await parties.requester.rounds.get(finished, 2)
    async with parties.keep(last.leader, tmp_path / "leader") as store:
        store.put(BytesIO(MODEL))
        done = await run("fetch-model", finished)
    assert done.code == 0
    assert (run.folder / finished / "model.safetensors").read_bytes() == MODEL


async def test_where_nobody_has_it_everyone_who_was_asked_is_named(
    run: RequesterCli, parties: Parties, finished: str
) -> None:
    done = await run("fetch-model", finished)
    assert done.code == 4
    assert done.error.count("localhost:1") == 2


async def test_before_the_end_the_state_is_said(
    run: RequesterCli, parties: Parties, task: str
) -> None:
    await parties.publish(task)
    done = await run("fetch-model", task)
    assert done.code == 11
    assert done.error.endswith("it is PUBLISHED (0 of 3 providers joined)")
    await parties.start(task)
    await parties.play_round(task, 1)
    done = await run("fetch-model", task)
    assert done.code == 11
    assert done.error.endswith("it is RUNNING (round 2 of 2)")
    await parties.requester.tasks.cancel(task, "enough")
    done = await run("fetch-model", task)
    assert done.code == 11
    assert done.error.endswith("it is CANCELLED (enough)")
    assert not (run.folder / task).exists()
    shown = (await run("show-task", task, "--json")).document
    assert (len(shown["rounds"]), shown["open_round"]) == (1, None)
